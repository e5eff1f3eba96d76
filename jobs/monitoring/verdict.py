"""Whether a model is good enough: figures against the limits of the config. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.monitoring.config import PerformanceConfig
from jobs.monitoring.performance import Figure, Performance

GOOD, BAD, DOUBTFUL, INCONCLUSIVE = "good", "bad", "doubtful", "inconclusive"


@dataclass(frozen=True)
class Judgement:
    """One figure: `bad` when its whole interval is beyond the limit, `doubtful` when only its value is."""

    name: str
    verdict: str
    value: float | None
    limit: float
    at_least: bool


@dataclass(frozen=True)
class Verdict:
    """The worst of the judgements; `inconclusive` with too few labelled rows, or when nothing can be judged."""

    verdict: str
    reason: str
    judgements: tuple[Judgement, ...] = ()


def judge(found: Performance | None, config: PerformanceConfig) -> Verdict:
    """Never `bad` by chance alone more often than the intervals say."""
    rows = found.rows if found else 0
    if found is None or rows < config.minimum_rows:
        return Verdict(INCONCLUSIVE, f"{rows} labelled predictions, {config.minimum_rows} are needed")
    limits, error = config.limits, found.calibration_error
    asked = (
        ("accuracy", found.accuracy, limits.accuracy, True),
        ("roc_auc", found.roc_auc, limits.roc_auc, True),
        ("brier", found.brier, limits.brier, False),
        # What chance adds is taken off already, so the value speaks for itself.
        ("calibration_error", None if error is None else Figure(error, error, error), limits.calibration_error, False),
    )
    judgements = tuple(_judge(name, figure, limit, low) for name, figure, limit, low in asked if limit is not None)
    for verdict in (BAD, DOUBTFUL, GOOD):
        named = [one.name for one in judgements if one.verdict == verdict]
        if named:
            return Verdict(verdict, f"{', '.join(named)} {'is' if len(named) == 1 else 'are'} {verdict}", judgements)
    return Verdict(INCONCLUSIVE, "no figure has a limit, or none could be measured", judgements)


def _judge(name: str, figure: Figure | None, limit: float, at_least: bool) -> Judgement:
    if figure is None:
        return Judgement(name, INCONCLUSIVE, None, limit, at_least)
    beyond = figure.high < limit if at_least else figure.low > limit
    outside = figure.value < limit if at_least else figure.value > limit
    return Judgement(name, BAD if beyond else DOUBTFUL if outside else GOOD, figure.value, limit, at_least)
