"""The real target on a cluster in memory: whatever dies and wherever, traffic, pins and servers end as they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jobs.cluster.errors import Conflict
from jobs.deployment.figures import Side
from jobs.deployment.kubernetes import KubernetesTarget
from jobs.deployment.policy import STRATEGIES, Strategy
from jobs.deployment.record import Decision
from jobs.deployment.run import Desk, SupersededError, begin, resume, roll_back
from jobs.deployment.servers import Servers
from jobs.deployment.traffic import Shares
from jobs.errors import ClusterError, ConfigError
from tests.jobs.deployment.cluster import FakeWorkloads, Namespace
from tests.jobs.deployment.test_run import BACK, ENDING, SERVED
from tests.jobs.deployment.world import (
    MODEL,
    NEW,
    NOW,
    STABLE,
    Killed,
    Names,
    World,
    failing,
    good,
    order,
    slow,
    well,
    wrong,
)


@dataclass(frozen=True)
class Cluster:
    """The world in which time passes for the colours, too."""

    world: World
    namespace: Namespace

    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)
        for colour, share in self.world.weights.items():
            copied = colour == "green" and self.world.mirror
            if not share and not copied:
                continue
            does = good() if self.world.serves(colour) == STABLE else self.world.behaves(self.world)
            for _ in range(max(1, round(seconds))):
                self.namespace.done[colour] += does

    @property
    def target(self) -> KubernetesTarget:
        return KubernetesTarget(
            FakeWorkloads(self.namespace), Names(self.world), MODEL, self.wait, lambda: self.world.now.timestamp()
        )

    @property
    def desk(self) -> Desk:
        return replace(self.world.desk(), wait=self.wait)


def cluster(folder: Path, behaves: Callable[[World], Side] = well, dies_at: int | None = None) -> Cluster:
    world = World(str(folder), behaves=behaves, dies_at=dies_at)
    return Cluster(world, Namespace(world))


@pytest.mark.parametrize("strategy", ENDING)
def test_a_good_version_is_rolled_out(tmp_path: Path, strategy: Strategy) -> None:
    its = cluster(tmp_path)
    outcome = begin(its.desk, its.target, order(strategy))
    assert outcome.result == "served", outcome
    assert its.world.standing() == SERVED
    marks = its.desk.ledger.rollout(MODEL, "k8s", 1).marks
    assert all(mark.figures.new.requests >= 20 for mark in marks if order(strategy).steps[mark.step].judged)
    assert its.target.observe().served == NEW


@pytest.mark.parametrize("behaves", [failing, slow, wrong])
def test_a_bad_version_is_rolled_back(tmp_path: Path, behaves: Callable[[World], Side]) -> None:
    its = cluster(tmp_path, behaves)
    outcome = begin(its.desk, its.target, order())
    assert outcome.result == "rolled-back"
    assert its.world.standing() == BACK
    assert its.target.observe().served == STABLE
    assert [mark.verdict for mark in its.desk.ledger.rollout(MODEL, "k8s", 1).marks] == ["fail"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_dies_at_every_call_and_is_resumed(tmp_path: Path, strategy: Strategy) -> None:
    whole = cluster(tmp_path / "whole")
    begin(whole.desk, whole.target, order(strategy))
    for at in range(3, whole.world.ticks + 1):
        its = cluster(tmp_path / str(at), dies_at=at)
        with pytest.raises(Killed):
            begin(its.desk, its.target, order(strategy))
        assert sum(its.world.weights.values()) == 100
        assert all(its.world.serves(side) for side, weight in its.world.weights.items() if weight)
        its.world.dies_at = None
        resume(its.desk, its.target, order(strategy))
        assert its.world.standing() == whole.world.standing(), at


def test_it_dies_at_every_call_and_is_rolled_back_or_was_decided(tmp_path: Path) -> None:
    whole = cluster(tmp_path / "whole")
    begin(whole.desk, whole.target, order("rolling"))
    ends = []
    for at in range(3, whole.world.ticks + 1):
        its = cluster(tmp_path / str(at), dies_at=at)
        with pytest.raises(Killed):
            begin(its.desk, its.target, order("rolling"))
        its.world.dies_at = None
        try:
            roll_back(its.desk, its.target, order("rolling"), "enough")
        except SupersededError:
            assert its.world.standing() == SERVED
            ends.append("served")
        else:
            assert its.world.standing() == BACK
            ends.append("back")
    assert ends == sorted(ends)
    assert set(ends) == {"back", "served"}


def test_traffic_that_was_moved_by_hand_after_the_decision_is_on_the_side_that_is_kept(tmp_path: Path) -> None:
    its, wanted = cluster(tmp_path), order()
    its.desk.ledger.claim(wanted)
    its.target.prepare(wanted, lambda: None, its.desk.say)
    its.target.apply(wanted, wanted.steps[-1], lambda: None, its.desk.say)
    its.desk.ledger.decide(wanted, Decision(kept="new", reason="good", steps=3, actor="me", time=NOW))
    # Its driver died; people move everything to blue, as the gateway's runbook says.
    its.target.traffic.move(Shares.of("blue", 100, 0), lambda: None)
    assert resume(its.desk, its.target, wanted).result == "served"
    assert its.world.standing() == SERVED


def test_a_version_that_its_servers_refuse_gets_no_traffic_and_the_reason_is_told(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    its.world.loads = False
    outcome = begin(its.desk, its.target, order())
    assert outcome.result == "rolled-back"
    assert "no verified model is loaded" in outcome.reason
    assert its.world.standing() == BACK
    assert its.world.seen == []


def test_a_gateway_that_does_not_take_the_traffic_interrupts_and_is_named(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    its.namespace.deaf.add("gateway-1")
    with pytest.raises(ClusterError, match="has not taken the new traffic") as caught:
        its.target.traffic.move(Shares.of("green", 5, 0), lambda: None)
    assert caught.value.given == "gateway-1"


def test_without_a_gateway_the_rollout_waits_and_says_so(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    its.namespace.gateways = 0
    with pytest.raises(ClusterError, match="has not taken the new traffic") as caught:
        its.target.traffic.move(Shares.of("green", 5, 0), lambda: None)
    assert caught.value.given == "no gateway pod is ready"


def test_a_write_that_another_came_before_is_made_again_after_the_fence_was_asked(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    asked = []

    def fence() -> None:
        asked.append(its.namespace.version)
        if len(asked) == 1:
            its.namespace.version += 1

    its.target.traffic.move(Shares.of("green", 5, 0), fence)
    assert asked == [1, 2]
    assert its.world.weights == {"blue": 95, "green": 5}


def test_a_driver_that_was_taken_over_writes_nothing(tmp_path: Path) -> None:
    its = cluster(tmp_path)

    def fence() -> None:
        its.namespace.version += 1
        if its.namespace.version > 2:
            raise SupersededError("another driver")

    with pytest.raises(SupersededError):
        its.target.traffic.move(Shares.of("green", 5, 0), fence)
    assert its.namespace.data["routing.split.green"] == "0"
    with pytest.raises(Conflict):
        FakeWorkloads(its.namespace).apply_config_map("traffic", {}, "1")


def test_the_autoscaler_s_least_is_kept_while_it_rolls(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    its.namespace.bounds = dict.fromkeys(("blue", "green"), (2, 6))
    its.target.colours.at_most("blue", 1)
    assert its.world.replicas["blue"] == 2
    its.target.colours.at_most("blue", 0)
    assert its.world.replicas["blue"] == 0


def test_bounds_hold_for_both_colours_and_a_wrong_pair_changes_nothing(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    servers = Servers(its.target.colours, its.world.lines.append)
    assert servers.bound(2, None) == (2, 6)
    assert set(its.namespace.bounds.values()) == {(2, 6)}
    with pytest.raises(ConfigError, match="least is more than most"):
        servers.bound(None, 1)
    assert set(its.namespace.bounds.values()) == {(2, 6)}


def test_what_was_stopped_starts_with_the_autoscaler_s_least(tmp_path: Path) -> None:
    its = cluster(tmp_path)
    servers = Servers(its.target.colours, its.world.lines.append)
    servers.stop()
    assert its.target.observe().served is None
    servers.restart(its.target.observe())
    assert its.world.replicas == {"blue": 1, "green": 0}
    assert its.namespace.restarts == 0
    servers.restart(its.target.observe())
    assert its.namespace.restarts == 1


@pytest.mark.parametrize("data", [{}, {"routing.split.blue": "x"}])
def test_traffic_that_is_none_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ClusterError, match="cannot be read"):
        Shares.read(data)
    halves = {f"routing.{key}.{colour}": "40" for key in ("split", "mirror") for colour in ("blue", "green")}
    with pytest.raises(ClusterError, match="do not sum to 100"):
        Shares.read(halves)
