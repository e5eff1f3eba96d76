"""Monthly cost of resources before and after a change, from list prices. Sums are exact; nothing is zero silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.review.charges import CHARGES, FUNCTION, Functions, UnpricedError
from infra.review.prices import Prices
from infra.review.step import Action, Preview, State, Step

_PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True)
class Resource:
    """What a price depends on."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    region: str | None


@dataclass(frozen=True)
class Estimate:
    """USD a month, and what it does not hold: resources without a price, types that cost by use."""

    monthly: Decimal = Decimal(0)
    unpriced: tuple[str, ...] = ()
    by_use: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.monthly + other.monthly,
            tuple(sorted(self.unpriced + other.unpriced)),
            self.by_use + other.by_use,
        )


@dataclass(frozen=True)
class Delta:
    """One resource whose cost changes, or may."""

    step: Step
    before: Estimate
    after: Estimate

    @property
    def difference(self) -> Decimal:
        return self.after.monthly - self.before.monthly

    @property
    def is_known(self) -> bool:
        """Whether both sides have a price."""
        return not self.before.unpriced and not self.after.unpriced


@dataclass(frozen=True)
class Bill:
    """All of a preview."""

    regions: tuple[str, ...]
    before: Estimate
    after: Estimate
    deltas: tuple[Delta, ...]

    @property
    def difference(self) -> Decimal:
        """Of what has a price before and after: a resource that loses its price does not look like a saving."""
        return sum((delta.difference for delta in self.deltas if delta.is_known), Decimal(0))


def estimate(resources: Iterable[Resource], prices: Prices, functions: Functions) -> Estimate:
    """The sum over resources; each counts for itself."""
    return sum((_one(resource, prices, functions) for resource in resources), Estimate())


def _one(it: Resource, prices: Prices, functions: Functions) -> Estimate:
    if it.type in prices.by_use:
        return Estimate(by_use=Counter({it.type: 1}))
    charges = CHARGES.get(it.type)
    named = f"{it.type} {it.name}"
    if charges is None:
        billable = it.type.startswith("aws:") and not prices.is_free(it.type)
        return Estimate(unpriced=(f"{named}: no price for this type",)) if billable else Estimate()
    monthly = Decimal(0)
    try:
        for charge in charges(it.inputs, functions):
            price = prices.of(it.region, *charge.price)
            if price is None:
                where = f"{' '.join(charge.price)} in {it.region or 'an unknown region'}"
                raise UnpricedError(f"no price for {where}")
            monthly += price * charge.amount * (prices.hours if charge.hourly else 1)
    except UnpricedError as error:
        return Estimate(unpriced=(f"{named}: {error}",))
    return Estimate(monthly)


def bill(preview: Preview, prices: Prices, region: str | None = None) -> Bill | None:
    """Cost before and after, or None for a stack without AWS: machines that are there already have no bill here."""
    if not any(step.urn.type.startswith("aws:") for step in preview.resources):
        return None
    where = _Regions(preview, region)
    before, after = _functions(preview, old=True), _functions(preview, old=False)
    deltas = []
    for step in preview.resources:
        old = step.old if step.old and step.action is not Action.CREATE else None
        # What leaves the program and is kept in the account is still billed.
        kept = old if old and old.retained else None
        new = step.new if step.action is not Action.DELETE else kept
        was = estimate([where.resource(step, old)] if old else [], prices, before)
        will = estimate([where.resource(step, new)] if new else [], prices, after)
        deltas.append(Delta(step, was, will))
    changed = (delta for delta in deltas if delta.before != delta.after)
    return Bill(
        regions=where.all,
        before=sum((delta.before for delta in deltas), Estimate()),
        after=sum((delta.after for delta in deltas), Estimate()),
        deltas=tuple(sorted(changed, key=lambda delta: (-abs(delta.difference), delta.step.urn))),
    )


def _functions(preview: Preview, *, old: bool) -> Functions:
    sides = (step.old if old else step.new for step in preview.steps if step.urn.type == FUNCTION)
    return {str(side.inputs["name"]): side.inputs for side in sides if side and "name" in side.inputs}


class _Regions:
    """Where each resource is: by its provider; Kubernetes objects where most of AWS is."""

    def __init__(self, preview: Preview, default: str | None) -> None:
        default = default or preview.config.get("aws:region")
        self._of = {step.urn: step.state.inputs.get("region") for step in preview.steps if step.urn.type == _PROVIDER}
        self._by_name = {urn.name: region for urn, region in self._of.items() if isinstance(region, str)}
        self._default = default
        used = Counter(
            region
            for step in preview.resources
            if step.urn.type.startswith("aws:") and (region := self._region(step.state))
        )
        self.all = tuple(sorted(used))
        self.home = min(used, key=lambda region: (-used[region], region)) if used else default

    def _region(self, state: State) -> str | None:
        own = state.inputs.get("region")
        return own if isinstance(own, str) else self._by_name.get(state.provider.rpartition("::")[2], self._default)

    def resource(self, step: Step, state: State) -> Resource:
        region = self._region(state) if step.urn.type.startswith("aws:") else self.home
        return Resource(step.urn.type, step.urn.name, state.inputs, region)
