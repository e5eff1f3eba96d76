"""Lines of several pods come in one order, errors are known in every dialect, and what has no log is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from jobs.logs.line import Line
from tests.jobs.checks.platform import Platform, platform
from tests.jobs.support import Outcome, example_words, mlops

PODS = "/api/v1/pods?labelSelector=app.kubernetes.io%2Fpart-of%3Dmlops"
HOUR = 3600


def pod(name: str, service: str) -> dict[str, object]:
    labels = {"app.kubernetes.io/name": service}
    metadata = {"name": name, "namespace": "ml-platform", "labels": labels}
    return {"metadata": metadata, "spec": {"containers": [{"name": "server"}]}}


def log(name: str, seconds: int, **more: str) -> str:
    """Where Kubernetes has it."""
    asked = {"container": "server", "timestamps": "true", "sinceSeconds": seconds, **more}
    return f"/api/v1/namespaces/ml-platform/pods/{name}/log?{urlencode(asked)}"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Platform]:
    """Two pods of MLflow, one of the store, and one that waits for its image."""
    with platform(tmp_path) as fake:
        fake.has(PODS, pod("mlflow-a", "mlflow"), pod("mlflow-b", "mlflow"), pod("store-0", "store"), pod("new", "new"))
        fake.pages |= {
            log("mlflow-a", HOUR): (200, "2026-11-29T12:00:01Z one\n2026-11-29T12:00:03Z ERROR three\n"),
            log("mlflow-b", HOUR): (200, '2026-11-29T12:00:02Z {"level": "INFO", "message": "no ERROR at all"}\n'),
            log("store-0", HOUR): (200, ""),
            log("new", HOUR): (400, 'container "server" in pod "new" is waiting to start: ImagePullBackOff'),
            log("mlflow-a", HOUR, previous="true"): (200, "2026-11-29T11:00:00Z Traceback (most recent call last):\n"),
            log("mlflow-b", HOUR, previous="true"): (400, "previous terminated container not found"),
            log("mlflow-a", 1800): (200, "2026-11-29T12:00:03Z ERROR three\n2026-11-29T12:00:04Z four\n"),
            log("mlflow-b", 1800): (200, ""),
        }
        yield fake


def logs(cluster: Platform, *arguments: str) -> Outcome:
    return mlops("logs", *arguments, "--kubeconfig", str(cluster.kubeconfig))


def test_lines_of_all_pods_of_a_service_come_in_the_order_in_which_they_were_written(cluster: Platform) -> None:
    said = logs(cluster, "mlflow", "--json").json
    assert [(one["pod"], one["time"][17:19]) for one in said] == [
        ("mlflow-a", "01"),
        ("mlflow-b", "02"),
        ("mlflow-a", "03"),
    ]
    assert [one["time"][17:19] for one in logs(cluster, "mlflow", "--tail", "1", "--json").json] == ["03"]


def test_the_example_shows_errors_only(cluster: Platform) -> None:
    said = mlops(*example_words("logs show"), "--kubeconfig", str(cluster.kubeconfig))
    assert said.out == "2026-11-29T12:00:03Z mlflow-a ERROR three\n"


def test_lines_are_searched_by_a_regular_expression(cluster: Platform) -> None:
    assert len(logs(cluster, "mlflow", "--grep", "t?wo|at al+").out.splitlines()) == 1
    said = logs(cluster, "mlflow", "--grep", "(")
    assert (said.code, "this is no regular expression" in said.err) == (2, True)


def test_without_a_service_errors_are_counted_and_a_pod_without_a_log_is_told(cluster: Platform) -> None:
    said = logs(cluster, "--json")
    assert {one["service"]: (one["lines"], one["errors"]) for one in said.json} == {
        "mlflow": (3, 1), "store": (0, 0), "new": (0, 0),
    }  # fmt: skip
    assert "new: no log:" in said.err
    assert "ImagePullBackOff" in said.err


def test_what_a_container_said_before_its_restart_is_shown(cluster: Platform) -> None:
    said = logs(cluster, "mlflow", "--previous")
    assert said.out == "2026-11-29T11:00:00Z mlflow-a Traceback (most recent call last):\n"
    assert "previous terminated container not found" in said.err


def test_a_service_that_is_not_there_is_named_with_those_that_are(cluster: Platform) -> None:
    said = logs(cluster, "mflow")
    assert (said.code, "mlflow, new, store" in said.err) == (2, True)
    assert logs(cluster, "mlflow", "--since", "yesterday").code == 2


def test_the_word_show_may_be_left_out_and_other_commands_are_found(cluster: Platform) -> None:
    assert logs(cluster, "show", "mlflow", "--json").json == logs(cluster, "mlflow", "--json").json
    assert "archive" in mlops("logs", "--help").out
    assert "--follow" in mlops("logs", "show", "--help").out


@pytest.mark.parametrize(
    "words", [("--follow",), ("mlflow", "--follow", "--previous"), ("mlflow", "--for", "1m"), ("--for", "1m")]
)
def test_what_cannot_be_followed_is_refused(cluster: Platform, words: tuple[str, ...]) -> None:
    said = logs(cluster, *words)
    assert (said.code, "these do not go together" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "is_error"),
    [
        ('{"level": "ERROR", "message": "x"}', True),
        ('{"level": "INFO", "message": "no ERROR"}', False),
        ('{"broken": ERROR', True),
        ("2026-11-29 12:00:00 UTC [7] mlflow@mlflow FATAL:  the database system is shutting down", True),
        ("2026-11-29 12:00:00 UTC [7] LOG:  checkpoint complete", False),
        ("[2026-11-29 12:00:00][1][critical][main] out of memory", True),
        ("[2026-11-29 12:00:00][1][info][main] errors: 0", False),
        ('ts=2026-11-29T12:00:00Z level=error msg="x"', True),
        ('ts=2026-11-29T12:00:00Z level=info msg="0 errors"', False),
        ("E1129 12:00:00.000000 1 handler.go:235] write failed", True),
        ("I1129 12:00:00.000000 1 handler.go:235] written", False),
    ],
)
def test_an_error_is_known_in_the_words_of_each_server(text: str, is_error: bool) -> None:
    assert Line("", "", text).is_error is is_error
