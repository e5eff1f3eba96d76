"""The cost of a change as a section of the report."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from infra.review import lines
from infra.review.cost import Bill, Delta
from infra.review.markdown import Section, cell, code
from infra.review.prices import prices

_MOST = 15
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
    shown = [
        f"{dollars(bill.before.monthly)} a month before and {dollars(bill.after.monthly)} after"
        f"{', without what is unpriced' if unpriced else ''}. An estimate by list prices of {table.date}"
        f" ({table.source}; {', '.join(bill.regions) or 'region unknown'}): check them before relying on it.",
        "",
    ]
    moved = [delta for delta in bill.deltas if delta.difference or not delta.is_known]
    if moved:
        shown += ["| resource | before | after | change |", "| --- | ---: | ---: | ---: |"]
        shown += [_row(delta) for delta in moved[:_MOST]]
        rest = moved[_MOST:]
        if rest:
            total = sum((delta.difference for delta in rest if delta.is_known), Decimal(0))
            shown.append(f"| {len(rest)} more | | | {dollars(total, signed=True)} |")
        shown.append("")
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


def _row(delta: Delta) -> str:
    before, after = ("unpriced" if side.unpriced else dollars(side.monthly) for side in (delta.before, delta.after))
    change = dollars(delta.difference, signed=True) if delta.is_known else "unknown"
    return f"| {cell(lines.resource(delta.step))} | {before} | {after} | {change} |"


def dollars(amount: Decimal, *, signed: bool = False) -> str:
    """`+$12.50`; of a difference the sign is always there."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    sign = "-" if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}${abs(cents):,.2f}"
