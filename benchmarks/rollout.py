"""Drills of rollouts on the running platform: `python -m benchmarks.rollout`.

All under constant load through the gateway: switches of all traffic from colour to colour, a canary of a good version,
bad versions of three kinds, a driver that is killed, a shadow. `--write` puts the figures into docs/rollouts.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from jobs.audit.trail import Trail
from jobs.deployment.kubernetes import KubernetesTarget
from jobs.deployment.ledger import Ledger, Rollout, shelf_at
from jobs.deployment.plan import steps_of
from jobs.deployment.policy import BlueGreen, Canary, RolloutPolicy, Shadow, Stage, Strategy
from jobs.deployment.record import Order, Outcome
from jobs.deployment.run import Desk, begin, resume, roll_back
from jobs.deployment.start import Wanted, order_of
from jobs.deployment.target import Target
from jobs.deployment.targets import names, target_of
from jobs.deployment.traffic import Shares
from jobs.registry.versions import Registry
from jobs.serving.gateway import address
from jobs.settings import use_environment
from tests.support import faults
from tests.support.load import Load, load
from tests.support.rollouts import MODEL, like_the_champion, wrong
from tests.support.rollouts import rows as customers

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "rollouts.md"
MARK = "<!-- python -m benchmarks.rollout --write -->"
STAGE, BAKE = 15.0, 10.0
POLICY = RolloutPolicy(
    canary=Canary(stages=(Stage(weight=20, seconds=STAGE), Stage(weight=50, seconds=STAGE))),
    blue_green=BlueGreen(baseline_seconds=0), shadow=Shadow(mirror=50, seconds=20), bake_seconds=BAKE,
    minimum_requests=50, patience_seconds=30,
)  # fmt: skip
Line = tuple[str, str]


@dataclass(frozen=True)
class Drill:
    """One platform, one load, and what is driven on them."""

    work: Desk
    target: KubernetesTarget
    load: Load
    champion: str
    like: str
    wrong: str

    def order(self, version: str, strategy: Strategy) -> Order:
        """The gate is not asked: it takes longer than what is drilled."""
        wanted = Wanted(MODEL, version, reason="drill", undo=True)
        order = order_of(self.work, self.target, Registry(), POLICY, wanted)
        steps = steps_of(strategy, POLICY, order.replicas)
        return order.model_copy(update={"strategy": strategy, "steps": steps, "gate": "not asked: a drill"})

    def roll_out(
        self, version: str, strategy: Strategy = "canary", target: Target | None = None
    ) -> tuple[Rollout, Outcome]:
        order = self.order(version, strategy)
        outcome = begin(self.work, target or self.target, order)
        return self.work.ledger.rollout(MODEL, "k8s", order.number), outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--bad", type=int, default=3, help="of each kind")
    parser.add_argument(
        "--versions", nargs=2, metavar=("LIKE", "WRONG"), help="of an earlier run, else they are trained"
    )
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    use_environment()
    target = target_of("k8s", MODEL)
    assert isinstance(target, KubernetesTarget)
    champion = target.observe().served
    assert champion, "the platform serves no one version"
    url, key = address()
    like, bad = arguments.versions or _trained()
    work = Desk(Ledger(shelf_at()), names(), Trail.open(), lambda line: print("   ", line, file=sys.stderr, flush=True))
    with load(url, key or "", customers(200), arguments.rate) as answers:
        drill = Drill(work, target, answers, champion, like, bad)
        lines = _all(drill, arguments.switches, arguments.bad)
    total, failed = len(answers.answers), len(answers.failed())
    lines.append(("all drills together", f"{total:,} requests, {failed} failed, those of the faults among them"))
    told = _table(lines, arguments.rate)
    print(told)
    if arguments.write:
        before, _, after = DOC.read_text().split(MARK)
        DOC.write_text(f"{before}{MARK}\n{told}\n{MARK}{after}")


def _trained() -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return like_the_champion(_quiet), wrong(Path(folder), _quiet)


def _all(drill: Drill, switches: int, bad: int) -> list[Line]:
    kinds: list[tuple[str, str, Callable[[list[str]], object] | None]] = [
        ("wrong: trained on labels turned round", drill.wrong, None),
        ("no answers: its servers' processes are held (SIGSTOP)", drill.like, faults.hold),
        ("slow: its servers get 1 % of a core", drill.like, lambda uids: faults.throttle(uids, 0.01)),
    ]
    drills: list[Callable[[], Line]] = [
        lambda: _switches(drill, switches), *(partial(_bad, drill, *kind, bad) for kind in kinds),
        lambda: _shadow(drill), lambda: _good(drill), lambda: _undone(drill),
    ]  # fmt: skip
    lines = []
    for one in drills:
        lines.append(one())
        print(": ".join(lines[-1]), file=sys.stderr, flush=True)
    return lines


def _switches(drill: Drill, number: int) -> Line:
    """All traffic from one colour to the other, read back from every gateway each time."""
    order = drill.order(drill.like, "blue-green")
    assert drill.work.ledger.claim(order)
    drill.target.prepare(order, _nothing, drill.work.say)
    begun, took = time.time(), []
    for place in range(number):
        start = time.monotonic()
        drill.target.traffic.move(Shares.of(order.new_side, 0 if place % 2 else 100, 0), _nothing)
        took.append(time.monotonic() - start)
    _until(lambda: len(drill.load.between(begun + 1)) > 200, "200 requests")
    asked = drill.load.between(begun)
    roll_back(drill.work, drill.target, order, "the drill is over")
    failed, tracks = sum(one.status != 200 for one in asked), {one.track for one in asked}
    assert tracks == {"blue", "green"}, tracks
    return (
        f"{number} switches of all traffic",
        f"{len(asked):,} requests, {failed} failed; a switch takes {median(took):.2f} s until every gateway has it "
        f"(slowest {max(took):.2f} s)",
    )


def _undone(drill: Drill) -> Line:
    """Back to the champion: all at once."""
    start = time.time()
    wanted = Wanted(MODEL, drill.champion, reason="drill: undo", undo=True)
    order = order_of(drill.work, drill.target, Registry(), POLICY, wanted)
    assert begin(drill.work, drill.target, order).result == "served"
    first = min(one.time for one in drill.load.between(start) if one.version == drill.champion)
    return (
        "undo: the version before, all at once",
        f"all traffic after {first - start:.1f} s (its servers start first), {time.time() - start:.1f} s in all; "
        f"{len(drill.load.failed(start))} failed",
    )


def _bad(drill: Drill, name: str, version: str, fault: Callable[[list[str]], object] | None, times: int) -> Line:
    """Rolled out so many times; the fault comes with the first request that the new version gets."""
    back, failed, lost, reasons = [], 0, [], set()
    for _ in range(times):
        start = time.time()
        target = drill.target if fault is None else _Faulty(drill, fault).target
        rollout, outcome = drill.roll_out(version, target=target)
        assert outcome.result == "rolled-back", outcome
        assert outcome.seconds is not None
        mark, decision = rollout.marks[-1], rollout.decision
        assert decision is not None
        assert mark.step == 0
        back.append((decision.time - mark.time).total_seconds() + outcome.seconds)
        ended = decision.time.timestamp() + outcome.seconds
        # What a held server was asked fails at the gateway's own limit of 10 s.
        _until(lambda ended=ended: time.time() > ended + 12, "the answers to what was asked before")  # type: ignore[misc]
        # Nothing of it is answered after that.
        late = [one for one in drill.load.between(ended + 0.5) if one.version == version]
        assert not late, late[:3]
        failed += len(drill.load.failed(start))
        lost.append(sum(one.version == version for one in drill.load.between(start)))
        reasons.add(mark.reasons[0].split(":")[0].split(" moved")[0].split(" ms")[0].split(" ")[0])
        assert drill.target.observe().served == drill.champion
    return (
        f"bad, {name}",
        f"rolled back {times} of {times} times in its first step; from the step's start to all traffic back "
        f"{median(back):.1f} s (slowest {max(back):.1f} s); failed requests {failed}, answered by it {sum(lost)}; "
        f"seen by: {', '.join(sorted(reasons))}",
    )


class _Faulty:
    """The target, whose new colour breaks when the first step is in force."""

    def __init__(self, drill: Drill, fault: Callable[[list[str]], object]) -> None:
        its = drill.target

        @dataclass(frozen=True)
        class Broken(KubernetesTarget):
            def apply(self, order, step, fence, say):  # type: ignore[no-untyped-def]
                super().apply(order, step, fence, say)
                assert fault([pod["metadata"]["uid"] for pod in self.colours.pods(order.new_side)])

        self.target = Broken(its.workloads, its.aliases, its.model)


def _good(drill: Drill) -> Line:
    """Its driver is killed in the second step; nobody notices, and `resume` ends it."""
    order = drill.order(drill.like, "canary")
    start = time.time()
    driver = os.fork()
    if driver == 0:
        begin(replace(drill.work, say=_quiet), drill.target, order)
        os._exit(0)
    steps = f"{order.folder}/steps/"
    _until(lambda: len(drill.work.ledger.shelf.list_keys(steps)) == 1, "the first step")
    weight = order.steps[1].weight
    _until(lambda: drill.target.traffic.wanted().split[order.new_side] == weight, "the second step")
    os.kill(driver, signal.SIGKILL)
    os.waitpid(driver, 0)
    killed = time.time()
    _until(lambda: len(drill.load.between(killed)) > 200, "200 requests without a driver")
    during = drill.load.between(killed + 1)
    outcome = resume(drill.work, drill.target, order)
    assert outcome.result == "served", outcome
    end = time.time()
    _until(lambda: {one.version for one in drill.load.between(end)} == {drill.like}, "the new version alone")
    share = sum(one.version == drill.like for one in during) / len(during)
    return (
        "a good version as canary, whose driver is killed (SIGKILL) in the second step and resumed",
        f"served {end - start:.0f} s after the start; {len(drill.load.between(start)):,} requests, "
        f"{len(drill.load.failed(start))} failed; without a driver {share:.0%} of {len(during)} answers were the new "
        "version's",
    )


def _shadow(drill: Drill) -> Line:
    start = time.time()
    rollout, outcome = drill.roll_out(drill.wrong, "shadow")
    assert outcome.result == "reported", outcome
    seen = sum(one.version == drill.wrong for one in drill.load.between(start))
    assert seen == 0
    new = rollout.marks[0].figures.new
    return (
        "the wrong version as shadow of half the requests, 20 s",
        f"{new.requests} copies answered, none of them seen by a client; {len(drill.load.failed(start))} requests "
        f"failed; verdict {rollout.marks[0].verdict}: {rollout.marks[0].reasons[-1]}",
    )


def _table(lines: list[Line], rate: float) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    about = (
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d} at {commit}, {os.cpu_count()} cores with the "
        f"whole platform on them, under {rate:.0f} requests of one row a second by 4 clients; steps of 20 and 50 % for "
        f"{STAGE:.0f} s each, {BAKE:.0f} s of bake, the limits that a rollout has by default."
    )
    return "\n".join(
        [about, "", "| drill | result |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in lines)]
    )


def _until(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until, f"waited for {what}"
        threading.Event().wait(0.2)


def _quiet(_: str) -> None:
    """Says nothing."""


def _nothing() -> None:
    """The only driver needs no fence."""


if __name__ == "__main__":
    main()
