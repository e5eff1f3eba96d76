"""Figures of the serving benchmark → tables and goals. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.tables import markdown

Figures = Mapping[str, Mapping[str, float]]

OURS, MLFLOW, FLOOR, LIBRARY, INSIDE = "ours", "mlflow models serve", "floor", "the library", "our path"
BY_HAND, BATCHING = ", by hand", ", batching"


@dataclass(frozen=True)
class Goal:
    """`ratio`: ours beside another; it holds when it is at most `limit`."""

    text: str
    ours: str
    beside: str
    ratio: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.ratio <= self.limit


def tables(found: Figures) -> dict[str, str]:
    """By name what stands in the document."""
    return {
        "goals": goals_table(goals(found)),
        "requests": _requests(found),
        "starts": _starts(found),
        "inside": _inside(found),
    }


def peers(found: Figures, *, by_hand: bool, batching: bool = False) -> list[str]:
    """Names of the peers but mlflow that score so; with `batching` those that gather requests, too."""
    return [
        name
        for name in found
        if name not in (OURS, MLFLOW, FLOOR, LIBRARY, INSIDE)
        and (BY_HAND in name) == by_hand
        and (batching or BATCHING not in name)
    ]


def goals(found: Figures) -> list[Goal]:
    """Every goal of the issue, then the same beside peers whose model was written by hand."""
    everyone = peers(found, by_hand=False)
    ours, library = found[OURS], found[LIBRARY]
    best = _least(found, "p95", everyone)
    fastest = _most(found, "throughput", [MLFLOW, *peers(found, by_hand=False, batching=True)])
    all_peers = [MLFLOW, *everyone]
    cold, small = _least(found, "cold", all_peers), _least(found, "size", all_peers)
    by_hand = _least(found, "p95", peers(found, by_hand=True))
    fastest_by_hand = _most(found, "throughput", peers(found, by_hand=True, batching=True))
    pipeline = library["frame many"] + library["pipeline many"]
    scored, fastest_library = found[INSIDE]["matrix many"], library["inplace_predict many"]

    def goal(text: str, figure: str, beside: str, limit: float, form: str) -> Goal:
        a, b = ours[figure], found[beside][figure]
        return Goal(text, form.format(a), f"{beside} {form.format(b)}", a / b, limit)

    def many(text: str, other: float) -> Goal:
        a = ours["many"]
        return Goal(f"1,000 rows: {text}", f"{a:.2f} ms", f"the library {other:.2f} ms", a / other, 1)

    def rate(text: str, beside: str, limit: float) -> Goal:
        a, b = ours["throughput"], found[beside]["throughput"]
        return Goal(text, f"{a:,.0f}/s", f"{beside} {b:,.0f}/s", b / a, limit)

    return [
        goal("p95 of one row at most 1/50 of mlflow's", "p95", MLFLOW, 1 / 50, "{:.3f} ms"),
        goal("p95 of one row at most 1/6 of the best other's", "p95", best, 1 / 6, "{:.3f} ms"),
        rate("requests a second and core at least 4 times the best peer's", fastest, 1 / 4),
        goal("memory at most 1/6 of mlflow's", "memory", MLFLOW, 1 / 6, "{:.0f} MB"),
        goal("time to ready at most 1/10 of mlflow's", "ready", MLFLOW, 1 / 10, "{:.2f} s"),
        goal("cold start below every peer's", "cold", cold, 1, "{:.2f} s"),
        goal("environment smaller than every peer's", "size", small, 1, "{:.0f} MB"),
        many("a request as fast as frame, pipeline and XGBoost in-process", pipeline),
        many("a request as fast as XGBoost's predict_proba alone", library["predict_proba many"]),
        many("a request as fast as inplace_predict alone", library["inplace_predict many"]),
        Goal(
            "1,000 rows: our scoring of the encoded matrix as fast as inplace_predict",
            f"{scored:.2f} ms",
            f"the library {fastest_library:.2f} ms",
            scored / fastest_library,
            1,
        ),
        Goal("answers equal the library's to 1e-6", f"{ours['difference']:.1e}", "", ours["difference"], 1e-6),
        goal("further: p95 at most 1/6 of the best by hand", "p95", by_hand, 1 / 6, "{:.3f} ms"),
        rate("further: 4 times the requests of the best by hand", fastest_by_hand, 1 / 4),
    ]


def goals_table(found: Sequence[Goal]) -> str:
    rows = []
    for one in found:
        inverse = 1 / one.ratio if one.ratio else math.inf
        ratio = "" if not one.beside else f"1/{inverse:.1f}" if one.ratio < 1 else f"{one.ratio:.2f}"
        rows.append([one.text, one.ours, one.beside, ratio, "yes" if one.holds else "**no**"])
    return markdown(["goal", "ours", "beside", "ours of it", "holds"], rows)


def _requests(found: Figures) -> str:
    header = ["server", "p50 ms", "p95 ms", "p99 ms", "requests/s", "failed", "p95 ms under load", "CPU µs a request",
              "1,000 rows ms", "largest difference", "rows refused"]  # fmt: skip
    forms = {"p50": ".3f", "p95": ".3f", "p99": ".3f", "throughput": ",.0f", "failed": ".0f", "load_p95": ".1f",
             "cpu": ",.0f", "many": ".2f", "difference": ".0e", "refused": ".0f"}  # fmt: skip
    return _table(found, header, forms)


def _starts(found: Figures) -> str:
    header = ["server", "memory MB", "time to ready s", "cold start s", "environment MB"]
    return _table(found, header, {"memory": ".0f", "ready": ".2f", "cold": ".2f", "size": ".0f"})


def _table(found: Figures, header: Sequence[str], forms: Mapping[str, str]) -> str:
    """A row for each that has any of the figures."""
    shown = {name: figures for name, figures in found.items() if figures.keys() & forms.keys()}
    rows = [
        [name, *(format(figures[one], form) if one in figures else "" for one, form in forms.items())]
        for name, figures in shown.items()
    ]
    return markdown(header, rows)


STEPS = {
    "XGBoost: `inplace_predict` of the encoded matrix": (LIBRARY, "inplace_predict"),
    "XGBoost: `predict_proba` of the encoded matrix": (LIBRARY, "predict_proba"),
    "scikit-learn: pipeline with XGBoost, of a frame": (LIBRARY, "pipeline"),
    "pandas: records to a frame": (LIBRARY, "frame"),
    "ONNX Runtime, of the encoded matrix": (INSIDE, "onnx"),
    "**ours, of the encoded matrix**": (INSIDE, "matrix"),
    "`json.loads` of the body": (INSIDE, "json"),
    "ours: body to records": (INSIDE, "decode"),
    "ours: records to the encoded matrix": (INSIDE, "encode"),
    "ours: records to predictions (one row needs no matrix)": (INSIDE, "score"),
    "ours: predictions to the answer's body": (INSIDE, "answer"),
    "**ours: body to answer**": (INSIDE, "whole"),
    "ours: body to answer, sent as columns": (INSIDE, "columns"),
}


def _inside(found: Figures) -> str:
    rows = [
        [text, f"{found[who][f'{step} one'] * 1000:.1f}", f"{found[who][f'{step} many']:.3f}"]
        for text, (who, step) in STEPS.items()
    ]
    return markdown(["step, in one process on one core", "one row µs", "1,000 rows ms"], rows)


def _least(found: Figures, figure: str, names: Sequence[str]) -> str:
    return min((name for name in names if figure in found[name]), key=lambda name: found[name][figure])


def _most(found: Figures, figure: str, names: Sequence[str]) -> str:
    return max((name for name in names if figure in found[name]), key=lambda name: found[name][figure])
