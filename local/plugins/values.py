"""Pulumi's wire format ↔ plain Python values.

Secretness is kept beside the value, as the set of paths that are secret, so that the rest of the plugin works on plain
objects. A value the engine does not know yet is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment

from local.plugins.errors import PluginError
from local.plugins.paths import Path, text

# Constants of Pulumi's protocol.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """The type of `UNKNOWN`. Equal to nothing but itself."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class File:
    """An asset or an archive, by the sha256 the engine gave it: two of the same content are equal.

    `path` or `text` holds the content, or, for an archive put together by the program, `members` by their names.
    """

    digest: str
    is_archive: bool
    path: str = field(default="", compare=False)
    text: str = field(default="", compare=False)
    members: Mapping[str, File] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Decoded:
    """A plain object and the places in it that are secret."""

    value: dict[str, Any]
    secrets: frozenset[Path]


def decode(struct: Any) -> Decoded:
    """Nulls in maps are dropped (they mean "not given"), whole floats become ints (APIs want ints)."""
    secrets: set[Path] = set()
    value = {key: plain for key, item in struct.fields.items() if (plain := _decode(item, (key,), secrets)) is not None}
    return Decoded(value, frozenset(secrets))


def encode(value: Mapping[str, Any], secrets: Collection[Path] = ()) -> Any:
    """The wire form; a value at one of the paths in `secrets` is wrapped as a secret."""
    return struct_pb2.Struct(fields={key: _encode(item, (key,), secrets) for key, item in value.items()})


def contains_unknown(value: Any) -> bool:
    """Whether any part of the value is not known yet."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def _decode(wire: Any, path: Path, secrets: set[Path]) -> Any:
    kind = wire.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_struct(wire.struct_value.fields, path, secrets)
    if kind == "list_value":
        return [_decode(item, (*path, position), secrets) for position, item in enumerate(wire.list_value.values)]
    if kind == "number_value":
        return int(wire.number_value) if wire.number_value.is_integer() else wire.number_value
    if kind == "string_value":
        return UNKNOWN if wire.string_value == _UNKNOWN else wire.string_value
    return wire.bool_value if kind == "bool_value" else None


def _decode_struct(fields: Any, path: Path, secrets: set[Path]) -> Any:
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if not signature:
        children = ((key, _decode(item, (*path, key), secrets)) for key, item in fields.items())
        return {key: child for key, child in children if child is not None}
    if signature in (_ASSET, _ARCHIVE):
        return _decode_file(fields, path)
    if signature not in (_SECRET, _OUTPUT):
        raise PluginError(f"{text(path)}: a reference to a resource is no value here; give one of its outputs")
    if signature == _SECRET or fields["secret"].bool_value:
        secrets.add(path)
    return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN


def _decode_file(fields: Any, path: Path) -> File:
    if "uri" in fields:
        raise PluginError(f"{text(path)}: a remote asset is not carried; give a file or text")
    members = fields["assets"].struct_value.fields if "assets" in fields else {}
    return File(
        digest=fields["hash"].string_value if "hash" in fields else "",
        is_archive=fields[_SIGNATURE].string_value == _ARCHIVE,
        path=fields["path"].string_value if "path" in fields else "",
        text=fields["text"].string_value if "text" in fields else "",
        members={name: _decode_file(item.struct_value.fields, (*path, name)) for name, item in members.items()},
    )


def _encode_file(file: File) -> Any:
    parts: dict[str, Any] = {_SIGNATURE: _ARCHIVE if file.is_archive else _ASSET, "hash": file.digest}
    parts |= {name: part for name, part in (("path", file.path), ("text", file.text)) if part}
    fields = {name: struct_pb2.Value(string_value=part) for name, part in parts.items()}
    if file.members:
        members = {name: _encode_file(member) for name, member in file.members.items()}
        fields["assets"] = struct_pb2.Value(struct_value=struct_pb2.Struct(fields=members))
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def _encode(value: Any, path: Path, secrets: Collection[Path]) -> Any:
    if path in secrets:
        inner = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": _encode(value, path, ())}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=inner))
    if isinstance(value, File):
        return _encode_file(value)
    if isinstance(value, dict):
        fields = {key: _encode(item, (*path, key), secrets) for key, item in value.items()}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, list):
        items = [_encode(item, (*path, position), secrets) for position, item in enumerate(value)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return struct_pb2.Value(string_value=_UNKNOWN if value is UNKNOWN else value)
