"""A world in memory that outlives its rollout: a target, a ledger, a registry, and a process that dies where told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.audit.entry import GENESIS, TIME, Entry
from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.shelf import FolderShelf
from jobs.deployment.figures import Figures, Side, Spread
from jobs.deployment.ledger import Ledger
from jobs.deployment.plan import steps_of
from jobs.deployment.policy import BlueGreen, Canary, Rolling, RolloutPolicy, Shadow, Stage, Strategy
from jobs.deployment.record import Kept, Order
from jobs.deployment.run import Desk
from jobs.deployment.step import Step
from jobs.deployment.target import BadVersionError, Fence, Meter, Observed, Say, SideState
from jobs.registry.versions import Registry, Version

MODEL, STABLE, NEW = "churn-classifier", "1", "2"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
POLICY = RolloutPolicy(
    canary=Canary(stages=(Stage(weight=5, seconds=4), Stage(weight=50, seconds=4))),
    blue_green=BlueGreen(baseline_seconds=4), rolling=Rolling(seconds=4), shadow=Shadow(seconds=8), bake_seconds=4,
    minimum_requests=20, patience_seconds=6,
)  # fmt: skip
EDGES = (0.01, 0.05, 0.2, 1.0)
LOW, HIGH = (90, 10, *(0,) * 18), (*(0,) * 18, 10, 90)


class Killed(BaseException):
    """SIGKILL: nothing catches it, nothing is tidied up."""


@dataclass
class World:
    """What stays when the process dies; before and after each effect and each object of the ledger it can die."""

    folder: str
    dies_at: int | None = None
    ticks: int = 0
    now: datetime = NOW
    weights: dict[str, int] = field(default_factory=lambda: {"blue": 100, "green": 0})
    mirror: int = 0
    replicas: dict[str, int] = field(default_factory=lambda: {"blue": 3, "green": 0})
    aliases: dict[str, str] = field(default_factory=lambda: {"champion": STABLE})
    said: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    behaves: Callable[[World], Side] = lambda world: well(world)
    loads: bool = True
    seen: list[dict[str, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def tick(self) -> None:
        self.ticks += 1
        if self.ticks == self.dies_at:
            raise Killed

    def serves(self, side: str) -> str | None:
        """A side without replicas serves nothing; a pinned one its pin; else the champion."""
        return self.aliases.get(f"champion-{side}", self.aliases["champion"]) if self.replicas[side] else None

    def desk(self) -> Desk:
        return Desk(
            Ledger(DyingShelf(self.folder, self)), Names(self), Trail(self), self.lines.append, "me", lambda: self.now,
            self.wait,
        )  # fmt: skip

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)

    def standing(self) -> dict[str, Any]:
        return {
            "weights": self.weights, "mirror": self.mirror, "replicas": self.replicas, "aliases": self.aliases,
            "said": [(action, subject) for action, subject, _ in self.said],
        }  # fmt: skip


@dataclass(frozen=True)
class DyingShelf(FolderShelf):
    world: World

    def create(self, key: str, content: bytes) -> bool:
        self.world.tick()
        created = super().create(key, content)
        self.world.tick()
        return created


@dataclass(frozen=True)
class Names:
    """The registry's aliases."""

    world: World

    def named(self, model: str, alias: str) -> str | None:
        assert model == MODEL
        return self.world.aliases.get(alias)

    def point(self, model: str, alias: str, version: str, why: str, *, keep: bool = False) -> None:
        assert model == MODEL
        assert why.startswith("rollout ")
        assert keep == (alias not in ("champion-blue", "champion-green"))
        self.world.tick()
        self.world.aliases[alias] = version
        self.world.tick()

    def remove(self, model: str, alias: str, why: str) -> None:
        assert model == MODEL
        assert why
        self.world.tick()
        self.world.aliases.pop(alias, None)
        self.world.tick()


class Versions(Registry):
    """The registry with these bundles, by version: their folder and digest."""

    def __init__(self, bundles: Mapping[str, tuple[Path, str]], world: World) -> None:
        self._bundles, self._world = bundles, world

    def find(self, name: str, which: str) -> Version:
        return Version(name, which, (), None, "", 0, {BUNDLE_TAG: self._bundles[which][1]})

    def holder(self, name: str, alias: str) -> Version | None:
        return self.find(name, named) if (named := self._world.aliases.get(alias)) else None

    def verify(self, version: Version) -> Scorer:
        return load_scorer(*self._bundles[version.version])


@dataclass(frozen=True)
class Trail:
    world: World

    def append(self, action: str, subject: str, **facts: Any) -> Entry:
        self.world.tick()
        self.world.said.append((action, subject, facts))
        self.world.tick()
        return self.entries()[-1]

    def entries(self) -> list[Entry]:
        return [
            Entry(number, NOW.strftime(TIME), "me", action, subject, facts, GENESIS, "")
            for number, (action, subject, facts) in enumerate(self.world.said, 1)
        ]


@dataclass(frozen=True)
class Colours:
    """A target as Kubernetes is one: two colours, pins, weights."""

    world: World
    name: str = "k8s"
    strategies: tuple[Strategy, ...] = ("canary", "blue-green", "rolling", "shadow")

    def alias(self, alias: str) -> str:
        return alias

    def observe(self) -> Observed:
        world = self.world
        sides = tuple(
            SideState(
                side, (serves,) if (serves := world.serves(side)) else (), world.weights[side],
                replicas=world.replicas[side], ready=world.replicas[side],
            )
            for side in ("blue", "green")
        )  # fmt: skip
        active = "blue" if world.weights["blue"] >= world.weights["green"] else "green"
        return Observed(sides, active, "green" if active == "blue" else "blue")

    def ask(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"predictions": [{"probability": 0.5} for _ in records], "version": self.observe().served}

    def prepare(self, order: Order, fence: Fence, say: Say) -> None:
        names, why = Names(self.world), order.name
        fence()
        names.point(order.model, f"champion-{order.stable_side}", order.stable, why)
        names.point(order.model, f"champion-{order.new_side}", order.version, why)
        self._scale(order.new_side, max(self.world.replicas[order.new_side], order.steps[0].new or order.replicas))
        if not self.world.loads:
            raise BadVersionError("its pods do not get ready")
        say("prepared")

    def apply(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        self._scale(order.new_side, max(step.new or order.replicas, self.world.replicas[order.new_side]))
        self._traffic(order, step.weight, step.mirror, fence)
        if step.stable is not None:
            self._scale(order.stable_side, step.stable)
        say(step.name)

    def meter(self, order: Order) -> Meter:
        assert self.world.serves(order.new_side) == order.version
        begun = self.world.now

        def read() -> Figures:
            seconds = int((self.world.now - begun).total_seconds())
            share = self.world.weights[order.new_side] or self.world.mirror
            new = sum([self.world.behaves(self.world)] * (seconds if share else 0), Side())
            stable = sum([good()] * (seconds if self.world.weights[order.stable_side] else 0), Side())
            return Figures(new=new, stable=stable)

        return read

    def revert(self, order: Order, fence: Fence, say: Say) -> None:
        self._scale(order.stable_side, max(order.replicas, self.world.replicas[order.stable_side]))
        self._traffic(order, 0, 0, fence)
        say("reverted")

    def settle(self, order: Order, kept: Kept, fence: Fence, say: Say) -> None:
        for side in (order.new_side, order.stable_side):
            fence()
            Names(self.world).remove(order.model, f"champion-{side}", order.name)
        self._scale(order.stable_side if kept == "new" else order.new_side, 0)
        say(kept)

    def _scale(self, side: str, replicas: int) -> None:
        self.world.tick()
        self.world.replicas[side] = replicas
        self.world.tick()

    def _traffic(self, order: Order, weight: int, mirror: int, fence: Fence) -> None:
        world = self.world
        world.tick()
        fence()
        world.weights[order.new_side], world.weights[order.stable_side] = weight, 100 - weight
        world.mirror = mirror
        world.seen.append(dict(world.weights))
        world.tick()


def good(requests: int = 10) -> Side:
    """A second of a side that is well."""
    return Side(requests=requests, seconds=Spread(edges=EDGES, counts=(requests, 0, 0, 0, 0)), predictions=LOW)


def well(_: World) -> Side:
    return good()


def failing(_: World) -> Side:
    return good().model_copy(update={"errors": 5})


def slow(_: World) -> Side:
    return good().model_copy(update={"seconds": Spread(edges=EDGES, counts=(0, 0, 0, 10, 0))})


def wrong(_: World) -> Side:
    return good().model_copy(update={"predictions": HIGH})


def silent(_: World) -> Side:
    return Side()


def order(strategy: Strategy = "canary", policy: RolloutPolicy = POLICY, number: int = 1, replicas: int = 3) -> Order:
    return Order(
        model=MODEL, target="k8s", number=number, version=NEW, digest="d" * 64, stable=STABLE, before=STABLE,
        alias="champion", new_side="green", stable_side="blue", replicas=replicas, strategy=strategy,
        steps=steps_of(strategy, policy, replicas), limits=policy.limits, minimum_requests=policy.minimum_requests,
        patience_seconds=policy.patience_seconds, inconclusive=policy.inconclusive, gate="passed", actor="me", time=NOW,
    )  # fmt: skip
