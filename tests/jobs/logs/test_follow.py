"""What is followed is told once and in order, whatever becomes of its pods; it ends when it should."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.access import Access
from jobs.cluster.look import Look
from jobs.logs import follow
from jobs.logs.follow import Follower
from jobs.logs.line import Line
from jobs.logs.read import sources
from local.cluster.wait import until
from tests.jobs.logs.cluster import Cluster, Pod, at, cluster
from tests.jobs.support import ROOT, mlops, running

# Far more than any of it takes.
SECONDS = 60


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Cluster]:
    """Two pods of MLflow, and one of the store."""
    with cluster(tmp_path) as fake:
        fake.pods |= {"mlflow-a": Pod("mlflow"), "mlflow-b": Pod("mlflow"), "store-0": Pod("store")}
        yield fake


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said beside the lines; it is looked again at once."""
    monkeypatch.setattr(follow, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(follow, "MOMENT", 0.2)
    return []


def following(fake: Cluster, said: list[str]) -> Iterator[Line]:
    """From now on."""
    look = Look(Access(str(fake.kubeconfig), None))
    known = dict.fromkeys(sources(look, "mlflow"), at())
    return Follower(look, "mlflow", known, said.append).lines(SECONDS)


def tell(told: Iterator[Line]) -> tuple[str, str]:
    line = next(told)
    return line.pod, line.text


def test_lines_of_all_pods_of_the_service_are_told_as_they_come(two: Cluster, said: list[str]) -> None:
    two.write("mlflow-a", "long ago")
    told = following(two, said)
    two.write("store-0", "of another service")
    two.write("mlflow-a", "one")
    assert tell(told) == ("mlflow-a", "one")
    two.write("mlflow-b", "two")
    assert tell(told) == ("mlflow-b", "two")
    assert said == []


def test_lines_that_come_at_once_are_put_in_the_order_in_which_they_were_written(
    two: Cluster, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "MOMENT", 2.0)
    told = following(two, said)
    for place in range(20):
        two.write(f"mlflow-{'ab'[place % 2]}", str(place))
    assert [next(told).text for _ in range(20)] == [str(place) for place in range(20)]


def test_a_pod_that_takes_the_place_of_another_is_followed_from_its_first_line(two: Cluster, said: list[str]) -> None:
    told = following(two, said)
    two.write("mlflow-a", "last words")
    assert tell(told) == ("mlflow-a", "last words")
    two.remove("mlflow-a")
    two.pods["mlflow-c"] = Pod("mlflow", [f"{at()} first words"])
    assert tell(told) == ("mlflow-c", "first words")
    assert (said.count("mlflow-a has gone"), said.count("mlflow-c has come")) == (1, 1)
    two.write("mlflow-c", "more")
    assert tell(told) == ("mlflow-c", "more")


def test_a_pod_of_the_same_name_is_followed_again_and_no_line_is_told_twice(two: Cluster, said: list[str]) -> None:
    told = following(two, said)
    two.write("mlflow-a", "one")
    assert tell(told) == ("mlflow-a", "one")
    two.remove("mlflow-a")
    two.write("mlflow-b", "meanwhile")
    assert tell(told) == ("mlflow-b", "meanwhile")
    two.pods["mlflow-a"] = Pod("mlflow", [f"{at()} two"])
    assert tell(told) == ("mlflow-a", "two")


def test_a_container_that_restarts_and_a_connection_on_which_nothing_comes_lose_and_repeat_nothing(
    two: Cluster, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "QUIET", 0.1)
    told = following(two, said)
    two.write("mlflow-a", "one")
    assert tell(told) == ("mlflow-a", "one")
    two.restart("mlflow-a")
    two.write("mlflow-a", "two")
    assert tell(told) == ("mlflow-a", "two")
    times = len(two.asked)
    # The others have been silent for so long that they were asked again.
    with two.changed:
        assert two.changed.wait_for(lambda: len(two.asked) > times + 4, timeout=SECONDS)
    two.write("mlflow-b", "three")
    assert tell(told) == ("mlflow-b", "three")


def test_an_api_that_is_away_for_a_while_is_told_once_and_nothing_is_missed(two: Cluster, said: list[str]) -> None:
    told = following(two, said)
    two.write("mlflow-a", "before")
    assert tell(told) == ("mlflow-a", "before")
    two.stop(down=True)
    two.pods["mlflow-a"].lines.append(f"{at()} meanwhile")

    def mend() -> None:
        until("the outage to be told", lambda: any("cannot be looked for" in line for line in said), seconds=SECONDS)
        two.stop(down=False)

    mending = threading.Thread(target=mend)
    mending.start()
    assert tell(told) == ("mlflow-a", "meanwhile")
    mending.join()
    assert len([line for line in said if "cannot be looked for" in line]) == 1


def test_a_pod_that_came_and_ended_is_told_whole_and_not_asked_again(two: Cluster, said: list[str]) -> None:
    told = following(two, said)
    two.pods["mlflow-job"] = Pod("mlflow", [f"{at()} all of it"], phase="Succeeded")
    assert tell(told) == ("mlflow-job", "all of it")
    two.write("mlflow-a", "later")
    assert tell(told) == ("mlflow-a", "later")
    assert [one["pod"] for one in two.asked].count("mlflow-job") == 1


def test_it_ends_after_the_time_that_was_given_and_what_it_knew_was_told_before(two: Cluster) -> None:
    two.write("mlflow-a", "ERROR one")
    two.write("mlflow-b", "two")
    words = ("logs", "mlflow", "--follow", "--for", "1s", "--errors", "--json", "--kubeconfig", str(two.kubeconfig))
    ended = mlops(*words)
    assert (ended.code, [json.loads(line)["text"] for line in ended.out.splitlines()]) == (0, ["ERROR one"])


def test_ctrl_c_ends_it_with_130(two: Cluster) -> None:
    two.write("mlflow-a", "before")
    words = ("-m", "jobs", "logs", "mlflow", "--follow", "--kubeconfig", str(two.kubeconfig))
    with running(sys.executable, *words, env={"PYTHONPATH": str(ROOT)}) as process:
        process.wait_for("mlflow-a before")
        two.write("mlflow-b", "after")
        process.wait_for("mlflow-b after")
        process.process.send_signal(signal.SIGINT)
        assert process.process.wait(SECONDS) == 130
    assert "Traceback" not in "".join(process.lines)
