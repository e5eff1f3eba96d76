"""In which order parts are broken: at once where none hears of the other's break."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

MENDED, OVER = "mended", "over"
# Part → what must have come before, and how far. A cause silences what follows from it, and lingers.
AFTER: Mapping[str, tuple[tuple[str, str], ...]] = {
    "serving": (),
    "gateway": (),
    "drift": (),
    "training": (),
    # Both want model servers that stay, and clients that reach them.
    "slow": (("serving", MENDED), ("gateway", MENDED)),
    "disk": (("serving", MENDED),),
    # Fires two minutes after the break at the earliest: by then the end of the Jobs' alert has been told.
    "tracking": (("training", MENDED),),
    "database": (("tracking", OVER),),
}


class StoppedError(Exception):
    """The drill ends early: everything that is broken is to be mended."""


class Course:
    """How far each part has come. `stop()` ends every wait."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._reached = {(part, how): threading.Event() for part in parts for how in (MENDED, OVER)}
        self._stopped = threading.Event()

    def reached(self, part: str, how: str) -> None:
        self._reached[part, how].set()

    def stop(self) -> None:
        self._stopped.set()

    def go_on(self) -> None:
        """Raises when the drill is to end."""
        if self._stopped.is_set():
            raise StoppedError

    def run(self, drill: Callable[[str], None]) -> None:
        """Each part in a thread of its own; a part that fails keeps no other from its turn."""

        # A thread whose start is interrupted is not waited for: until all are started none may break anything.
        begin = threading.Event()

        def one(part: str) -> None:
            begin.wait()
            try:
                for before in AFTER[part]:
                    while before in self._reached and not self._reached[before].wait(0.2):
                        self.go_on()
                self.go_on()
                drill(part)
            finally:
                for how in (MENDED, OVER):
                    self.reached(part, how)

        parts = list(dict.fromkeys(part for part, _ in self._reached))
        with ThreadPoolExecutor(len(parts)) as pool:
            try:
                running = [pool.submit(one, part) for part in parts]
                begin.set()
                # A signal that comes just before a wait without an end is heard only after that wait.
                while wait(running, timeout=0.2).not_done:
                    pass
            except BaseException:
                self.stop()
                begin.set()
                raise
        for each in running:
            if (error := each.exception()) and not isinstance(error, StoppedError):
                raise error
