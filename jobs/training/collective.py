"""One model by all workers at once: XGBoost's collective, each on its share of the rows."""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from jobs.datasets.table import Table
from jobs.errors import TrainingError
from jobs.training.board import Board
from jobs.training.config import Experiment
from jobs.training.experiment import train
from jobs.training.place import Place, group_of
from jobs.training.record import Recorded, run_experiment

# All pods must have come by then: a collective of fewer than it was made for cannot begin.
MEET_SECONDS = 600
POLL_SECONDS = 0.5

Say = Callable[[str], None]


def work_together(experiment: Experiment, config_text: str, table: Table, place: Place, say: Say) -> Recorded | None:
    """All workers fit every model together; worker 0 records the training → it, None from all others.

    The bundles depend on the number of workers, in the last digits of the splits, and on nothing else of them. When one
    worker dies all fail, and their next attempts meet anew. Raises TrainingError when not all come.
    """
    board = Board(experiment.experiment, group_of(f"{place.name}-{place.workers}", config_text, table))
    if training := board.collected():
        say(f"worker {place.index}: recorded already as run {training}")
        return None
    recorded = None
    with _together(board, place, say):
        if place.index == 0:
            recorded = run_experiment(experiment, config_text, table, say)
        else:
            with tempfile.TemporaryDirectory(prefix="mlops-train-") as folder:
                for made in train(experiment, table, Path(folder), lambda _: None):
                    say(f"worker {place.index}: helped with {made.candidate.name}, bundle {made.digest[:12]}")
    if recorded:
        board.adopt(recorded.run_id)
    return recorded


@contextmanager
def _together(board: Board, place: Place, say: Say) -> Iterator[None]:
    from xgboost.core import XGBoostError
    from xgboost.tracker import RabitTracker

    try:
        if place.index:
            with _joined(board, place, say):
                yield
            return
        host = socket.gethostbyname(socket.gethostname())
        tracker = RabitTracker(place.workers, host, sortby="task", timeout=MEET_SECONDS)
        tracker.start()
        arguments = tracker.worker_args()
        with board.meeting(f"{host}:{arguments['dmlc_tracker_port']}"), _member(arguments, place):
            say(f"worker 0: all {place.workers} workers are here")
            yield
    except XGBoostError as error:
        raise TrainingError(
            "the workers could not work together", given=" ".join(str(error).partition("Stack trace")[0].split())[:300],
            change="see the other workers' logs; all of them must fit into the namespace's quota at once",
        ) from error  # fmt: skip


@contextmanager
def _joined(board: Board, place: Place, say: Say) -> Iterator[None]:
    """Joins the tracker of worker 0; one that does not answer any more is passed over."""
    from xgboost.core import XGBoostError

    over: set[str] = set()
    ends = time.monotonic() + MEET_SECONDS
    while time.monotonic() < ends:
        address = board.address()
        if address is None or address in over:
            time.sleep(POLL_SECONDS)
            continue
        host, _, port = address.rpartition(":")
        with ExitStack() as stack:
            try:
                stack.enter_context(_member({"dmlc_tracker_uri": host, "dmlc_tracker_port": int(port)}, place))
            except XGBoostError:
                over.add(address)
                continue
            say(f"worker {place.index}: works with worker 0 at {address}")
            yield
        return
    raise TrainingError("worker 0 did not come", given=f"waited {MEET_SECONDS} s", change="mlops train status")


@contextmanager
def _member(arguments: dict[str, Any], place: Place) -> Iterator[None]:
    from xgboost.collective import CommunicatorContext

    with ExitStack() as stack:
        # XGBoost tells the ranks on standard output, which may be JSON.
        with redirect_stdout(sys.stderr):
            # The rank follows the index, so that each worker always has the same rows.
            stack.enter_context(CommunicatorContext(**arguments, dmlc_task_id=f"{place.index:06d}"))
        yield
