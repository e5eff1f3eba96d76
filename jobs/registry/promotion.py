"""Promote and roll back: the gate decides, the trail records, the alias moves last."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from jobs.audit.query import REFUSED, subject_of
from jobs.audit.trail import Trail
from jobs.bundle.scorer import Scorer
from jobs.datasets.source import Source
from jobs.errors import ConfigError, MlopsError, RegistryError
from jobs.features.row import EncodingError
from jobs.registry.gate import Judgement, Rule, Side, judge
from jobs.registry.held_out import config_of, recorded, unseen
from jobs.registry.live import ANCHOR_TAG
from jobs.registry.moves import PREVIOUS_ALIAS, Move, carry_out, end_what_was_begun
from jobs.registry.optimization import OPTIMIZED_TAG, prove_equal
from jobs.training.record import DATA_TAG

if TYPE_CHECKING:
    from jobs.registry.versions import Registry, Version

# `first`: nobody held the alias. `unchanged`: the version holds it already.
Verdict = Literal["first", "passed", "refused", "forced", "unchanged"]
GATE_TAG = "mlops.gate"


@dataclass(frozen=True)
class Decision:
    """What became of a challenge; `before` held the alias, `entry` is the number in the audit trail."""

    verdict: Verdict
    model: str
    version: str
    alias: str
    before: str | None
    reasons: tuple[str, ...]
    judgement: Judgement | None
    entry: int | None

    @property
    def promoted(self) -> bool:
        """Whether the alias names the version now."""
        return self.verdict != "refused"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "promoted": self.promoted, "judgement": self.judgement.as_dict() if self.judgement else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Assessment:
    """What the gate says of a version; `problem`: why there is no judgement although there should be one."""

    passed: bool
    judgement: Judgement | None
    problem: str | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.judgement.reasons if self.judgement else (self.problem or "no version had the alias",)

    @property
    def told(self) -> str:
        return "; ".join(self.reasons)


def assess(
    registry: Registry,
    version: Version,
    before: Version | None,
    *,
    scorer: Scorer | None = None,
    force: bool = False,
    data: Source | None = None,
    rule: Rule | None = None,
) -> Assessment:
    """Compares the version with the one before, and changes nothing; `scorer`: the version's, when it is verified.

    Raises what `challenge` does; a comparison that is not possible is only told when it is forced anyway.
    """
    scorer = scorer or registry.verify(version)
    if before is None:
        return Assessment(True, None)
    try:
        judgement = _compare(registry, version, scorer, before, data, rule or Rule())
    except MlopsError as error:
        if not force:
            raise type(error)(
                f"{version.name} version {version.version} cannot be compared with version {before.version}; "
                f"nothing was changed: {error.problem}",
                given=error.given, allowed=error.allowed, details=error.details,
                change=f"{error.change or 'mend that'}; or promote it anyway with --force --reason TEXT",
            ) from error  # fmt: skip
        return Assessment(False, None, error.problem)
    return Assessment(judgement.passed, judgement)


def challenge(
    registry: Registry,
    name: str,
    which: str,
    alias: str = "champion",
    *,
    force: str = "",
    data: Source | None = None,
    trail: Trail | None = None,
    rule: Rule | None = None,
) -> Decision:
    """Lets a version (number or @alias) take the alias if it beats the version that has it, and records the decision.

    `force` is a reason: with it the version is promoted whatever the gate says. `data`: where the challenger's data is
    now. Raises RegistryError, BundleError or UnreachableError when it cannot be judged; then nothing was changed.
    """
    trail = trail or Trail.open()
    version = registry.find(name, which)
    scorer = registry.verify(version)
    before = registry.holder(name, alias)
    if before is not None and before.version == version.version:
        ended = end_what_was_begun(registry, trail, name, alias, version.version)
        return _decision("unchanged", version, alias, before, None, ended.seq if ended else None)
    if version.archived:
        raise RegistryError(
            "the version is archived; nothing was changed", given=f"{name} {version.version}",
            change=f"`mlops models restore {name} {version.version}` first",
        )  # fmt: skip
    found = assess(registry, version, before, scorer=scorer, force=bool(force), data=data, rule=rule)
    verdict: Verdict = "first" if before is None else "passed" if found.passed else "forced" if force else "refused"
    facts: dict[str, Any] = {"verdict": verdict}
    if found.judgement:
        facts["gate"] = found.judgement.as_dict()
    if verdict == "forced":
        facts |= {"reason": force, "problem": found.problem}
    if verdict == "refused":
        assert before
        facts |= {"from": before.version, "to": version.version}
        entry = trail.append(REFUSED, subject_of(name, alias), **facts)
    else:
        entry = carry_out(registry, trail, Move(alias, version, before, f"promotion: {verdict}"), facts)
    decision = _decision(verdict, version, alias, before, found.judgement, entry.seq, force)
    registry.tag(name, version.version, {GATE_TAG: json.dumps(decision.as_dict()), ANCHOR_TAG: entry.anchor})
    return decision


def rollback(
    registry: Registry, name: str, alias: str, reason: str = "", trail: Trail | None = None
) -> tuple[Version, Version | None]:
    """Points the alias back at the version it named before the last promotion; only once for each promotion."""
    trail = trail or Trail.open()
    previous = PREVIOUS_ALIAS.format(alias=alias)
    versions = registry.versions(name)
    before = next((version for version in versions if previous in version.aliases), None)
    choice = f"promote a version by number: {[version.version for version in versions]}"
    if before is None:
        raise RegistryError(
            f"{alias} was never promoted over another version; nothing was changed", given=name, change=choice
        )
    # A rollback leaves `previous-…` where it is, so both aliases on one version are its mark.
    if alias in before.aliases:
        if end_what_was_begun(registry, trail, name, alias, before.version):
            return before, None
        raise RegistryError(
            f"nothing to roll back to: the last move of {alias} was a rollback to {before.version}; "
            "nothing was changed",
            given=name,
            change=choice,
        )
    now = next((version for version in versions if alias in version.aliases), None)
    registry.verify(before)
    carry_out(registry, trail, Move(alias, before, now, "rollback", keep=False), {"reason": reason} if reason else {})
    return registry.find(name, before.version), now


def _compare(
    registry: Registry, version: Version, scorer: Scorer, before: Version, data: Source | None, rule: Rule
) -> Judgement:
    champion = registry.verify(before)
    challenger = recorded(registry, version, data)
    same = before.tags.get(DATA_TAG) == version.tags.get(DATA_TAG)
    theirs = config_of(registry, before)[0] if same else None
    held = challenger.table.take(unseen(challenger, theirs))
    try:
        sides = [Side(one.probabilities(one.encoder.columns(held.columns)), one.manifest.threshold)
                 for one in (champion, scorer)]  # fmt: skip
    except EncodingError as error:
        raise RegistryError("a model cannot score the held-out rows of the challenger", given=str(error)) from error
    labels = [(one.manifest.positive, one.manifest.negative) for one in (champion, scorer)]
    if labels[0] != labels[1]:
        raise RegistryError("the two models predict different things", given=labels[1], allowed=labels[0])
    experiment = challenger.experiment
    if version.tags.get(OPTIMIZED_TAG) == before.bundle:
        difference = prove_equal(champion, scorer, champion.encoder.columns(challenger.table.columns))
        reason = (
            f"the champion's own model made smaller: at most {difference:.1e} apart on {challenger.table.rows} rows"
        )
        positives = int(held.target.sum())
        return Judgement(True, (reason,), experiment.select, held.rows, positives, experiment.seed, rule, ())
    return judge(held.target, sides[0], sides[1], experiment.select, experiment.costs, experiment.seed, rule)


def _decision(
    verdict: Verdict, version: Version, alias: str, before: Version | None, judgement: Judgement | None,
    entry: int | None, force: str = "",
) -> Decision:  # fmt: skip
    known: dict[Verdict, tuple[str, ...]] = {
        "first": ("no version had the alias",), "unchanged": ("it has the alias already",),
        "forced": (f"forced: {force}",),
    }  # fmt: skip
    reasons = known.get(verdict, ()) + (judgement.reasons if judgement else ())
    return Decision(
        verdict, version.name, version.version, alias, before.version if before else None, reasons, judgement, entry
    )


def reason_for(force: bool, reason: str) -> str:
    """The reason to force a promotion with, empty when it is not forced. Raises ConfigError."""
    if force and not reason.strip():
        raise ConfigError("a forced promotion needs a reason", given="--force", allowed='--force --reason "TEXT"')
    if reason and not force:
        raise ConfigError("a reason is only for a forced promotion", given="--reason", allowed="--force --reason TEXT")
    return reason.strip()
