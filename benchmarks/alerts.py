"""Breaks every part of a running platform and times how soon the right alert, and no other, is told, and told over.

    make alerts [INSTANCE=local] [WRITE=1]
    python -m benchmarks.alerts [--instance local] [--only serving,drift] [--write]

A webhook and a heartbeat are put into the instance's own stack file, by the settings that any user has, and `pulumi
up` puts them in force; they lead to a server of this program at the host's end of the node's link. Parts that do not
hear of each other are broken at once. At the end, also of a drill that is interrupted, everything is mended and the
stack is as it was. `--write`: figures into docs/alerts.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.alert_breaks import Breaks, replicas
from benchmarks.alert_course import AFTER, MENDED, Course
from benchmarks.alert_news import FIRING, RESOLVED, Notice, Seen, first, longest, missed, problems, report
from benchmarks.alert_receiver import ALERTS, BEAT_SECONDS, BEATS, Before, put_back, told, unchanged
from benchmarks.alert_traffic import Traffic
from benchmarks.chaos_target import allowed, environment
from benchmarks.tables import with_tables
from local.cache import cache_root
from local.cluster.client import Cluster
from local.cluster.registry import find_instance, locked
from local.cluster.wait import until
from local.errors import LocalError
from local.platform.engine import Engine
from local.toolchain.build import toolchain_folder
from tests.support.platform import Platform
from tests.support.receivers import Receivers, receivers

DOC = Path(__file__).parents[1] / "docs" / "alerts.md"
MARK = "python -m benchmarks.alerts --write"
# An alert of ten minutes takes thirteen.
PATIENCE = 1200


@dataclass
class Drill:
    """One run on one platform, with what its webhook heard."""

    breaks: Breaks
    course: Course
    heard: Receivers
    seen: list[Seen] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def notices(self) -> list[Notice]:
        return [Notice.read(one.when, one.body) for one in list(self.heard.told) if one.path == ALERTS]

    def beats(self) -> list[float]:
        return [one.when for one in list(self.heard.told) if one.path == BEATS]

    def part(self, name: str) -> None:
        """Broken, told, mended, told to be over."""
        broken = self.breaks.of(name)
        say(f"{name}: {broken.what}")
        start = time.time()
        try:
            broken.do()
            at = self._told(broken.alert, FIRING, start)
            say(f"{name}: {broken.alert} told after {at - start:.0f} s")
        except LocalError as error:
            self.problems.append(f"{name}: {error}")
            return
        finally:
            mended = time.time()
            broken.undo()
            self.course.reached(name, MENDED)
        try:
            over = self._told(broken.alert, RESOLVED, mended)
        except LocalError as error:
            self.problems.append(f"{name}: {error}")
            return
        say(f"{name}: {broken.alert} told to be over after {over - mended:.0f} s")
        self.seen.append(Seen(broken.what, broken.alert, at - start, over - mended))

    def _told(self, alert: str, status: str, since: float) -> float:
        def when() -> float | None:
            self.course.go_on()
            return first(self.notices(), alert, status, since)

        found = until(f"{alert} to be told, {status}", when, seconds=PATIENCE)
        assert found
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--instance", default=os.environ.get("MLOPS_INSTANCE", "local"), help="of this machine")
    parser.add_argument("--only", default=",".join(AFTER), help=f"of {', '.join(AFTER)}")
    parser.add_argument("--write", action="store_true", help=f"figures into {DOC.name}, when everything was broken")
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    if strange := set(parts) - set(AFTER):
        parser.error(f"{', '.join(sorted(strange))}: no part of the drill, which are {', '.join(AFTER)}")
    os.environ["MLOPS_INSTANCE"] = chosen.instance
    signals()
    try:
        found = find_instance(cache_root(), chosen.instance)
        api = Cluster(found.kubeconfig).address if found and found.kubeconfig.exists() else ""
        platform = Platform(allowed(chosen.instance, found, api, environment()), "")
        with locked(cache_root(), chosen.instance):
            wrong, table = drill(platform, parts)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: everything is mended and the stack is as it was", file=sys.stderr)
        return 130
    print(table)
    for one in wrong:
        print(one, file=sys.stderr)
    if chosen.write and not wrong and set(parts) == set(AFTER):
        DOC.write_text(with_tables(DOC.read_text(), {MARK: table}))
    return 1 if wrong else 0


def drill(platform: Platform, parts: Sequence[str]) -> tuple[list[str], str]:
    """All of it → what went wrong, and the table."""
    engine = Engine(platform.instance.folder, toolchain_folder(cache_root()))
    if left := Before.kept(engine.folder):
        say("an earlier run was killed: what it broke is mended first")
        _mend(Breaks(platform, left.replicas))
        put_back(engine, left, say)
    unchanged(engine, say)
    before = _wrong_now(platform)
    say(f"fires or is about to, before: {', '.join(sorted(before)) or 'nothing'}")
    course, traffic = Course(parts), Traffic(platform)
    state = Before(engine.config_file.read_text(), replicas(platform))
    breaks = Breaks(platform, state.replicas, traffic, course.go_on)
    expected = {breaks.of(part).alert for part in parts}
    if already := expected & before:
        raise LocalError(f"{', '.join(sorted(already))} is wrong already, so no drill can tell it: mend that first")
    with receivers(platform.instance.host_address) as heard, told(engine, state, heard, say):
        run = Drill(breaks, course, heard)
        start = time.time()
        until("the first beat of the watchdog", run.beats, seconds=180)
        beat = run.beats()[0] - start
        say(f"the first beat of the watchdog came after {beat:.0f} s")
        with traffic.going(), _mended(breaks):
            course.run(run.part)
        end = time.time()
    unchanged(engine, say)
    beats = [one for one in run.beats() if one <= end]
    wrong = [*run.problems, *problems(run.notices(), expected, before), *missed(beats, end, BEAT_SECONDS)]
    told_of = (
        f"The watchdog's first beat came {beat:.0f} s after the receiver was in force; of {len(beats)} beats, one"
        f" wanted every {BEAT_SECONDS} s, the longest wait was {longest(beats, end):.0f} s. All of it took"
        f" {(end - start) / 60:.0f} minutes."
    )
    machine = (
        f"Measured {datetime.date.today()} on a whole platform, with {os.cpu_count()} cores and a load of"
        f" {os.getloadavg()[2]:.0f}."
    )
    return wrong, report(run.seen, run.notices(), told_of, machine)


@contextlib.contextmanager
def _mended(breaks: Breaks) -> Iterator[None]:
    """Whatever happens: a part whose own mending was interrupted is mended again."""
    try:
        yield
    except BaseException:
        _mend(breaks)
        raise


def _mend(breaks: Breaks) -> None:
    for part in AFTER:
        breaks.of(part).undo()


def _wrong_now(platform: Platform) -> set[str]:
    """Alerts that fire or are about to, but the watchdog."""
    found = httpx.get(f"{platform.outputs['prometheusUrl']}/api/v1/alerts", timeout=10).json()["data"]["alerts"]
    return {one["labels"]["alertname"] for one in found} - {"Watchdog"}


def signals() -> None:
    """The first Ctrl-C or TERM ends the drill; while it mends, others are told to wait."""

    def stop(*_: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: say("it is being mended: wait"))
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)


def say(line: str) -> None:
    with _ONE_LINE:
        print(f"{datetime.datetime.now():%H:%M:%S} {line}", file=sys.stderr, flush=True)


_ONE_LINE = threading.Lock()

if __name__ == "__main__":
    sys.exit(main())
