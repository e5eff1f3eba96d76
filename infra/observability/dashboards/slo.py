"""What is promised, what was measured, and how much of it may still go wrong."""

from infra.observability.dashboards.panels import Limits, Section, Sheet, curves, number, rows

# Over which promises are kept: part of the names of recorded figures, which a test holds against the rules.
WINDOW = "30d"
_LEFT = "mlops:slo_error_budget_left:ratio"
_BUDGET = "on (slo) (1 - mlops:slo_objective:ratio)"


def _burning(window: str) -> tuple[str, str]:
    """How many times faster than the promise allows."""
    return f"mlops:slo_errors:ratio_{window} / {_BUDGET}", f"{{{{slo}}}} of {window}"


SHEET = Sheet(
    "slo",
    "MLOps: SLOs",
    "Each promise, the share of it that was kept, its error budget, and how fast that goes.",
    (
        Section(
            "Now",
            (
                number(
                    f"Error budget left of {WINDOW}",
                    _LEFT,
                    "percentunit",
                    "Below 0 the promise was not kept. What is promised: docs/slos.md",
                    Limits(0.25, 0, falling=True),
                    legend="{{slo}}",
                    wide=12,
                ),
                number(
                    f"Kept of {WINDOW}",
                    f"1 - mlops:slo_errors:ratio_{WINDOW}",
                    "percentunit",
                    legend="{{slo}}",
                    wide=12,
                ),
            ),
        ),
        Section(
            "Burning",
            (
                curves(
                    "Of an hour",
                    "none",
                    _burning("1h"),
                    about="At 14.4 a month's budget is gone in two days. Runbook: docs/runbooks/slo-burns-fast.md",
                ),
                curves(
                    "Of a day",
                    "none",
                    _burning("1d"),
                    about="At 3 it is gone in ten days. Runbook: docs/runbooks/slo-burns-slowly.md",
                ),
                curves("Error budget left", "percentunit", (_LEFT, "{{slo}}")),
                rows("What is promised", "max by (slo, promise) (mlops:slo_objective:ratio)", "percentunit"),
            ),
        ),
    ),
    hours=24 * 7,
)
