"""The log of a service as it is written: of all its pods, also of those that come while it is followed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from jobs.cluster.errors import ApiError, NotFound, Silent
from jobs.cluster.look import Look
from jobs.logs.line import Line, parsed
from jobs.logs.read import Source, everything

# How often pods are looked for, and how soon a log that has ended is asked for again.
LOOK_AGAIN = 2.0
# Lines of several pods that come within it are put in order.
MOMENT = 0.5
# A connection on which nothing comes for so long may be dead: it is made anew, and nothing is missed.
QUIET = 15.0


@dataclass
class _Reader:
    """Follows one container, through restarts, in a thread that no exit of the program waits for.

    `since`: the newest line that is known; what is not newer is not told again.
    """

    look: Look
    source: Source
    since: str | None
    heard: SimpleQueue[Line]
    say: Callable[[str], None]
    unwanted: threading.Event = field(default_factory=threading.Event)
    told: str | None = None

    def start(self) -> _Reader:
        threading.Thread(target=self._follow, name=self.source.pod, daemon=True).start()
        return self

    def _follow(self) -> None:
        while True:
            over = self.source.over
            try:
                self._once()
                self.told = None
            except (Silent, NotFound):
                # Nothing is written, or the pod has gone: those who look for pods will see.
                pass
            except ApiError as error:
                self._tell(str(error.given))
            if over or self.unwanted.wait(LOOK_AGAIN):
                return

    def _once(self) -> None:
        since = {} if self.since is None else {"sinceTime": self.since}
        for text in self.look.lines(self.source.path(follow="true", **since), QUIET):
            line = parsed(self.source.pod, text)
            # What is asked for begins with a whole second.
            if text and (self.since is None or line.time > self.since):
                self.since = line.time
                self.heard.put(line)

    def _tell(self, why: str) -> None:
        if why != self.told:
            self.told = why
            self.say(f"{self.source.pod}: no log: {why}")


@dataclass
class Follower:
    """Of one service. `since`: what is known of each container already; of others the log is told from its beginning.

    `say` hears of pods that come and go, and of what cannot be read; it is all tried again.
    """

    look: Look
    service: str
    since: Mapping[Source, str]
    say: Callable[[str], None]
    _heard: SimpleQueue[Line] = field(default_factory=SimpleQueue)
    _readers: dict[Source, _Reader] = field(default_factory=dict)
    _known: dict[Source, str | None] = field(default_factory=dict)
    _told: str | None = None

    def lines(self, seconds: float | None) -> Iterator[Line]:
        """As they come, for so many seconds or for ever."""
        end = None if seconds is None else time.monotonic() + seconds
        self._known.update(self.since)
        look_at = 0.0
        try:
            while end is None or time.monotonic() < end:
                if time.monotonic() >= look_at:
                    self._find()
                    look_at = time.monotonic() + LOOK_AGAIN
                yield from self._moment(end)
        finally:
            for reader in self._readers.values():
                reader.unwanted.set()

    def _find(self) -> None:
        try:
            there = {one: one for one in everything(self.look) if one.service == self.service}
        except ApiError as error:
            if self._told is None:
                self.say(f"pods cannot be looked for, trying on: {error.given}")
            self._told = str(error.given)
            return
        self._told = None
        for gone in self._readers.keys() - there.keys():
            reader = self._readers.pop(gone)
            reader.unwanted.set()
            self._known[gone] = reader.since
            self.say(f"{gone.pod} has gone")
        for one in there:
            if one in self._readers:
                self._readers[one].source = one
            elif not (one.over and one in self._known) and one.waits is None:
                if one not in self._known:
                    self.say(f"{one.pod} has come")
                self._readers[one] = _Reader(self.look, one, self._known.get(one), self._heard, self.say).start()

    def _moment(self, end: float | None) -> list[Line]:
        """What comes within a moment, in the order in which it was written."""
        until = time.monotonic() + MOMENT
        if end is not None:
            until = min(until, end)
        found: list[Line] = []
        while (left := until - time.monotonic()) > 0:
            try:
                found.append(self._heard.get(timeout=left))
            except Empty:
                break
        return sorted(found)
