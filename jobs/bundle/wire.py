"""Protocol buffers' wire format → numbered fields. Pure Python: a function and a server need no protobuf."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value = int | bytes


def fields(data: bytes) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of each field in order. Raises ValueError on bytes that are none."""
    place, end = 0, len(data)
    while place < end:
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        value: Value
        if wire == VARINT:
            value, place = _varint(data, place)
            yield number, wire, value
            continue
        if wire == BYTES:
            size, place = _varint(data, place)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire} at byte {place}")
        value = data[place : place + size]
        place += size
        if place > end:
            raise ValueError(f"a field ends {place - end} bytes after its message")
        yield number, wire, value


def integers(wire: int, value: Value) -> list[int]:
    """Of one field of a repeated int64: one number, or packed ones."""
    if isinstance(value, int):
        return [_signed(value)]
    if wire != BYTES:
        raise ValueError("a number of fixed size where a varint is needed")
    found: list[int] = []
    place = 0
    while place < len(value):
        number, place = _varint(value, place)
        found.append(_signed(number))
    return found


def floats(value: Value, size: int = 4) -> tuple[float, ...]:
    """Of one field of a repeated float (size 4) or double (8): one number, or packed ones."""
    if isinstance(value, int) or len(value) % size:
        raise ValueError("a float is cut short")
    return struct.unpack(f"<{len(value) // size}{'f' if size == 4 else 'd'}", value)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    try:
        byte = data[place]
        if byte < 128:
            return byte, place + 1
        number, shift = byte & 127, 7
        while shift < 70:
            place += 1
            byte = data[place]
            number |= (byte & 127) << shift
            if byte < 128:
                return number, place + 1
            shift += 7
    except IndexError:
        raise ValueError("a number is cut short") from None
    raise ValueError(f"a number of more than ten bytes ends at byte {place}")


def _signed(number: int) -> int:
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number
