"""A good version is rolled out although its driver is killed, a wrong one goes back; no client notices either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster.wait import until
from tests.support.load import Load, load
from tests.support.platform import ROOT, Platform
from tests.support.rollouts import MODEL, rows

pytestmark = pytest.mark.e2e

POLICY = {
    "kind": "rollout", "canary": {"stages": [{"weight": 40, "seconds": 5}, {"weight": 60, "seconds": 3}]},
    "blue_green": {"baseline_seconds": 5}, "rolling": {"seconds": 3},
    "bake_seconds": 3, "minimum_requests": 30, "patience_seconds": 30,
    # What is tried is the way of a rollout; how fast a machine is that runs all tests is not.
    "limits": {"p95_seconds": 2.0, "p95_factor": 50.0},
}  # fmt: skip
FORCED = ("--force", "--reason", "e2e", "--json")


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rollout") / "policy.yaml"
    path.write_text(yaml.safe_dump(POLICY))
    return path


def as_client(platform: Platform) -> dict[str, str]:
    """The environment of a process that uses this instance."""
    return os.environ | platform.environment | platform.named


def registered(platform: Platform, call: str) -> str:
    """The version that `tests.support.rollouts` trains, in a process of its own: boto3 keeps the credentials that it
    first found in a process, and other tests have theirs.
    """
    code = f"from pathlib import Path; from tests.support.rollouts import *; print({call})"
    done = subprocess.run(
        [sys.executable, "-c", code], env=as_client(platform), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


@pytest.fixture
def answers(platform: Platform) -> Iterator[Load]:
    with load(platform.outputs["servingUrl"], platform.key["x-api-key"], rows(50), 60.0) as found:
        until("the gateway answers", lambda: len(found.answers) > 20)
        yield found


def status(platform: Platform) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(platform.mlops("deploy", "status", "k8s", MODEL, "--json", check=False).stdout)
    return told


def test_a_good_version_whose_driver_is_killed_is_served_and_undone_without_a_failed_request(
    platform: Platform, policy: Path, answers: Load
) -> None:
    before = status(platform)["served"]
    # Servers look at the alias every few seconds, and a test before this one may have moved it.
    until("every server to have it", lambda: {one.version for one in answers.answers[-100:]} == {before}, seconds=60)
    begun = time.time()
    version = registered(platform, "like_the_champion(lambda _: None)")
    driver = subprocess.Popen(
        [str(ROOT / "mlops"), "deploy", "k8s", MODEL, "--version", version, "--policy", str(policy), *FORCED],
        env=as_client(platform), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until("the new version answers", lambda: any(one.version == version for one in answers.answers[-50:]), seconds=120)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    left = status(platform)
    assert left["last"]["outcome"] is None
    assert {one["name"]: one["weight"] for one in left["sides"]}[left["idle"]] == 40
    ended = json.loads(platform.mlops("deploy", "resume", "k8s", MODEL, "--json").stdout)
    assert (ended["outcome"]["result"], ended["drivers"]) == ("served", 2)
    assert [mark["verdict"] for mark in ended["marks"]] == ["pass"] * 3
    now = status(platform)
    assert now["served"] == version
    assert {one["name"]: one["replicas"] for one in now["sides"]}[now["idle"]] == 0
    platform.mlops("deploy", "test", "k8s", MODEL)
    platform.mlops("deploy", "undo", "k8s", MODEL)
    assert status(platform)["served"] == before
    assert json.loads(platform.mlops("models", "show", MODEL, "@champion", "--json").stdout)["version"] == before
    assert answers.failed() == []
    assert {one.version for one in answers.between(begun)} == {before, version}


@pytest.mark.parametrize("strategy", ["blue-green", "rolling"])
def test_all_traffic_at_once_or_server_by_server_is_judged_and_loses_no_request(
    platform: Platform, policy: Path, answers: Load, strategy: str
) -> None:
    before = status(platform)["served"]
    version = registered(platform, "like_the_champion(lambda _: None)")
    asked = ("--version", version, "--strategy", strategy, "--policy", str(policy))
    ended = json.loads(platform.mlops("deploy", "k8s", MODEL, *asked, *FORCED).stdout)
    assert (ended["outcome"]["result"], ended["strategy"]) == ("served", strategy)
    assert {mark["verdict"] for mark in ended["marks"]} == {"pass"}
    assert status(platform)["served"] == version
    platform.mlops("deploy", "undo", "k8s", MODEL)
    assert status(platform)["served"] == before
    assert answers.failed() == []


def test_a_wrong_version_goes_back_by_itself_and_stands_in_the_trail(
    platform: Platform, policy: Path, answers: Load, tmp_path: Path
) -> None:
    before = status(platform)["served"]
    version = registered(platform, f"wrong(Path({str(tmp_path)!r}), lambda _: None)")
    done = platform.mlops("deploy", "k8s", MODEL, "--version", version, "--policy", str(policy), "--json", check=False)
    assert done.returncode == 1
    ended = json.loads(done.stdout)
    # The gate believes the version's own data, whose labels are turned round as well; the traffic tells.
    assert "is surely better" in ended["gate"]
    assert ended["outcome"]["result"] == "rolled-back"
    assert any("predictions moved" in reason for reason in ended["marks"][0]["reasons"])
    assert ended["outcome"]["seconds"] < 15
    assert status(platform)["served"] == before
    entries = json.loads(platform.mlops("audit", "list", "--action", "rollout", "--json").stdout)
    assert (entries[-1]["action"], entries[-1]["facts"]["version"]) == ("rollout.rolled-back", version)
    assert answers.failed() == []
