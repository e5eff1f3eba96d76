"""The cost of a change as a section of the report."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from infra.review import lines
from infra.review.cost import Bill, Delta, Estimate
from infra.review.markdown import Section, cell, code, words
from infra.review.prices import prices

_MOST_UNPRICED = 20


def bill_section(bill: Bill | None) -> Section:
    """The difference, where it comes from, and everything that it leaves out."""
    table = prices()
    if bill is None:
        return Section("Cost", ["No AWS resources: nothing to estimate."])
    unpriced = sorted({*bill.before.unpriced, *bill.after.unpriced})
    title = f"Cost: {dollars(bill.difference, signed=True)} a month"
    if unpriced:
        title += f", and {len(unpriced)} unpriced"
    where = ", ".join(map(words, bill.regions)) or "region unknown"
    shown = [
        f"{dollars(bill.before.monthly)} a month before and {dollars(bill.after.monthly)} after"
        f"{', without what is unpriced' if unpriced else ''}. An estimate by list prices of {table.date}"
        f" ({table.source}; {where}): check them before relying on it.",
        "",
    ]
    rows = _rows([delta for delta in bill.deltas if delta.difference or not delta.is_known])
    if rows:
        shown += ["| resources | before | after | change |", "| --- | ---: | ---: | ---: |", *rows, ""]
    if unpriced:
        shown += [f"**Unpriced, and in no sum above: {len(unpriced)}**", ""]
        shown += [f"- {code(text)}" for text in unpriced[:_MOST_UNPRICED]]
        if len(unpriced) > _MOST_UNPRICED:
            shown.append(f"- … and {len(unpriced) - _MOST_UNPRICED} more")
        shown.append("")
    used = [f"{code(kind)} ({count})" for kind, count in sorted(bill.after.by_use.items())]
    if used:
        shown += [f"Billed by use alone and counted as nothing: {', '.join(used)}.", ""]
    shown.append(f"Left out: {'; '.join(table.leaves_out)}.")
    return Section(title, shown)


def _rows(deltas: Sequence[Delta]) -> list[str]:
    """One row for each type, the one that moves most first."""
    by_type: dict[str, list[Delta]] = {}
    for delta in deltas:
        by_type.setdefault(delta.step.urn.short_type, []).append(delta)
    return [_row(each) for _, each in sorted(by_type.items(), key=lambda item: (-abs(_moved(item[1])), item[0]))]


def _moved(deltas: Sequence[Delta]) -> Decimal:
    return sum((delta.difference for delta in deltas if delta.is_known), Decimal(0))


def _row(deltas: Sequence[Delta]) -> str:
    first = deltas[0].step
    what = lines.resource(first) if len(deltas) == 1 else f"{len(deltas)} {code(first.urn.short_type)}"
    sides = (_side([delta.before for delta in deltas]), _side([delta.after for delta in deltas]))
    known = any(delta.is_known for delta in deltas)
    change = dollars(_moved(deltas), signed=True) if known else "unknown"
    if known and not all(delta.is_known for delta in deltas):
        change += " and unknown"
    return f"| {cell(what)} | {sides[0]} | {sides[1]} | {change} |"


def _side(estimates: Sequence[Estimate]) -> str:
    unpriced = sum(bool(each.unpriced) for each in estimates)
    if unpriced == len(estimates):
        return "unpriced"
    total = dollars(sum((each.monthly for each in estimates), Decimal(0)))
    return f"{total} and {unpriced} unpriced" if unpriced else total


def dollars(amount: Decimal, *, signed: bool = False) -> str:
    """`+$12.50`; of a difference the sign is always there."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    sign = "-" if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}${abs(cents):,.2f}"
