"""Breaks parts of a running platform and times how soon the right alert, and no other, is due to be told, and is over.

    python -m benchmarks.alerts [--instance local] [--only serving,drift] [--write]

Nothing of the stack is changed: Alertmanager is asked every second what fires and is not silenced by a cause. An alert
is due when that has been so for as long as its route waits. Breaks of different parts overlap; each is mended when its
alert is due, or after 15 minutes without it. `--write`: figures into docs/alerts.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.alert_breaks import Break, Breaks
from benchmarks.tables import markdown, with_tables
from infra.observability.inhibition import CONSEQUENCES
from local.cache import cache_root
from local.cluster.registry import find_instance
from local.cluster.wait import until
from tests.support.platform import Platform

DOC = Path(__file__).parents[1] / "docs" / "alerts.md"
MARK = "python -m benchmarks.alerts --write"
# Parts that do not hear of each other's breaks; within a lane one after the other.
LANES = (("serving",), ("gateway",), ("database", "tracking", "training"), ("drift",))
# As `infra/observability/routing.py` has them.
SOON, LATER = 10, 90
PATIENCE = 900


@dataclass
class Watch:
    """When each alert was due to be told first, which are due now, and which were ever silenced by a cause."""

    address: str
    since: dict[str, float] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    silenced: set[str] = field(default_factory=set)
    now: set[str] = field(default_factory=set)

    def look(self, client: httpx.Client) -> None:
        alerts = client.get(f"{self.address}/api/v2/alerts").json()
        time_now = time.time()
        self.silenced |= {one["labels"]["alertname"] for one in alerts if one["status"]["inhibitedBy"]}
        open_ = {one["labels"]["alertname"] for one in alerts if not one["status"]["inhibitedBy"]}
        self.since = {name: self.since.get(name, time_now) for name in open_}
        self.now = open_
        for name, began in self.since.items():
            if time_now - began >= (LATER if name in CONSEQUENCES else SOON):
                self.due.setdefault(name, time_now)

    def go_on(self, ends: threading.Event) -> None:
        with httpx.Client(timeout=10) as client:
            while not ends.wait(1.0):
                try:
                    self.look(client)
                except httpx.HTTPError as error:
                    print(f"{_now()} Alertmanager: {error!r}", flush=True)


@dataclass(frozen=True)
class Seen:
    """Seconds from the break until the alert is due, and from the mending until it is over."""

    broken: Break
    due: float
    over: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instance", default="local")
    parser.add_argument("--only", default="", help="of serving, gateway, database, tracking, training, drift")
    parser.add_argument("--write", action="store_true", help="figures into docs/alerts.md")
    chosen = parser.parse_args()
    instance = find_instance(cache_root(), chosen.instance)
    if instance is None:
        raise SystemExit(f"instance {chosen.instance!r} does not exist: make up")
    platform = Platform(instance, "")
    only = set(chosen.only.split(",")) if chosen.only else {name for lane in LANES for name in lane}
    lanes = [mine for lane in LANES if (mine := [name for name in lane if name in only])]
    watch, ends, breaks = Watch(platform.outputs["alertmanagerUrl"]), threading.Event(), Breaks(platform)
    watcher = threading.Thread(target=watch.go_on, args=(ends,), daemon=True)
    watcher.start()
    try:
        until("the watchdog", lambda: "Watchdog" in watch.now, seconds=60)
        before = set(watch.now)
        print(f"{_now()} fires before: {sorted(before)}", flush=True)
        with ThreadPoolExecutor(len(lanes)) as pool:
            running = [pool.submit(_lane, breaks, lane, watch) for lane in lanes]
            seen = [one for each in running for one in each.result()]
    finally:
        ends.set()
        watcher.join()
    others = set(watch.due) - before - {one.broken.alert for one in seen}
    table = _table(seen, watch, before, others)
    print(table)
    if wrong := {name for name in others if not name.startswith("Slo")}:
        raise SystemExit(f"due, and of no break: {', '.join(sorted(wrong))}")
    if chosen.write:
        DOC.write_text(with_tables(DOC.read_text(), {MARK: table}))


def _lane(breaks: Breaks, names: Sequence[str], watch: Watch) -> list[Seen]:
    return [_drill(getattr(breaks, name)(), watch) for name in names]


def _drill(broken: Break, watch: Watch) -> Seen:
    if broken.alert in watch.now:
        raise SystemExit(f"{broken.alert} fires already: mend that first")
    print(f"{_now()} breaks: {broken.what}", flush=True)
    start = time.time()
    try:
        broken.do()
        until(f"{broken.alert} to be due", lambda: broken.alert in watch.due, seconds=PATIENCE)
    finally:
        mended = time.time()
        broken.undo()
    due = watch.due[broken.alert] - start
    print(f"{_now()} {broken.alert} due after {due:.0f} s; mended", flush=True)
    until(f"{broken.alert} to be over", lambda: broken.alert not in watch.now, seconds=PATIENCE)
    over = time.time() - mended
    print(f"{_now()} {broken.alert} over after {over:.0f} s", flush=True)
    return Seen(broken, due, over)


def _table(seen: Sequence[Seen], watch: Watch, before: set[str], others: set[str]) -> str:
    rows = [[one.broken.what, f"`{one.broken.alert}`", f"{one.due:.0f} s", f"{one.over:.0f} s"] for one in seen]
    return (
        f"Measured {datetime.date.today()} on a whole platform, with {os.cpu_count()} cores and a load of"
        f" {os.getloadavg()[1]:.0f}: {len(seen)} breaks that overlap. Due besides: {_named(others)}. Silenced by a"
        f" cause: {_named(watch.silenced)}. Fired before: {_named(before)}.\n\n"
        + markdown(["broken", "alert", "due after", "over, after mending"], rows)
    )


def _named(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def _now() -> str:
    return f"{datetime.datetime.now():%H:%M:%S}"


if __name__ == "__main__":
    main()
