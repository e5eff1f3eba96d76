"""`mlops slo` tells what was kept, as a real Prometheus has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.support import example, free_port, mlops
from tests.support.prometheus import prometheus

DAY = 86_400.0
NOW = {60.0: 1.0}


def slo(name: str, objective: float, errors: float | None, left: float | None) -> dict[str, dict[float, float]]:
    """Known for two days and a half."""
    # Prometheus sees a sample for five minutes; a platform that runs has one each minute.
    times = (*(2.5 * DAY - 240 * number for number in range(5)), DAY, 60.0)
    found = {f'mlops:slo_objective:ratio{{slo="{name}",promise="{name} is well"}}': dict.fromkeys(times, objective)}
    if errors is not None and left is not None:
        for window in ("1d", "30d"):
            found[f'mlops:slo_errors:ratio_{window}{{slo="{name}"}}'] = dict.fromkeys(times, errors)
        found[f'mlops:slo_error_budget_left:ratio{{slo="{name}"}}'] = dict.fromkeys(times, left)
    return found


SAMPLES = {
    **slo("tracking", 0.995, 0.001, 0.8),
    **slo("training", 0.95, 0.05, -1e-16),
    **slo("deployment", 0.98, None, None),
}


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus"), SAMPLES) as url:
        yield url


def asked(url: str) -> tuple[int, Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """Exit code, the answer, and the SLOs by name."""
    said = mlops("slo", "--prometheus", url, "--json")
    answer = json.loads(said.out)
    return said.code, answer, {one["slo"]: one for one in answer.get("slos", ())}


def test_the_example_tells_target_measured_and_what_is_left(well: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PROMETHEUS", well)

    said = example("slo")

    assert said.code == 0
    lines = {line.split()[0]: line.split() for line in said.out.splitlines() if line}
    assert lines["tracking"][:6] == ["tracking", "kept", "99.50%", "99.90%", "99.90%", "80.00%"]
    assert said.out.endswith("of the last 2.5 days; a whole window is 30\n")


def test_what_is_exactly_kept_is_kept_and_what_was_not_measured_is_no_failure(well: str) -> None:
    code, answer, slos = asked(well)

    assert (code, answer["ok"]) == (0, True)
    assert {name: one["state"] for name, one in slos.items()} == {
        "tracking": "kept", "training": "kept", "deployment": "unknown",
    }  # fmt: skip
    assert slos["deployment"] == {
        "slo": "deployment", "promise": "deployment is well", "state": "unknown", "target": 0.98, "measured": None,
        "today": None, "budgetLeft": None, "days": pytest.approx(2.5, abs=0.02), "window": 30,
    }  # fmt: skip


def test_a_broken_promise_is_exit_1_and_named(tmp_path: Path) -> None:
    with prometheus(tmp_path, {**SAMPLES, **slo("latency", 0.95, 0.1, -1.0)}) as url:
        code, answer, slos = asked(url)
        told = mlops("slo", "--prometheus", url)

    assert (code, answer["ok"], told.code) == (1, False, 1)
    assert (slos["latency"]["state"], slos["latency"]["measured"]) == ("broken", pytest.approx(0.9))
    assert "latency     BROKEN" in told.out


def test_a_prometheus_without_the_rules_is_a_usage_error_that_says_so(tmp_path: Path) -> None:
    with prometheus(tmp_path, {"up": NOW}) as url:
        said = mlops("slo", "--prometheus", url)

    assert said.code == 2
    assert "this Prometheus has no SLOs" in said.err
    assert url in said.err


def test_a_prometheus_that_does_not_answer_cannot_be_asked() -> None:
    said = mlops("slo", "--prometheus", f"http://127.0.0.1:{free_port()}", "--json")

    assert said.code == 2
    assert json.loads(said.out)["error"] == "Prometheus does not answer"
