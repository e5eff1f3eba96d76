"""Our model server beside `mlflow models serve`, MLServer, BentoML and LitServe; writes docs/serving-benchmark.md.

    python -m benchmarks.serving [--quick] [--only NAME,NAME] [--write] [--json FILE]

One machine, one run, one model, the same rows of the Telco table. Each peer runs in an environment of its own, made
from requirements/PEER.txt. Servers are pinned to the first core, the client to the second. About 10 minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.environments import environment
from benchmarks.registry_of_one import registry
from benchmarks.serving_measure import CLIENT_CORE, FULL, QUICK, Bench
from benchmarks.serving_model import make
from benchmarks.serving_servers import FLOOR, PIPELINE, Server, everyone

# The highest priority that is not real-time.
FIRST = -20


@contextlib.contextmanager
def first() -> Iterator[None]:
    """Other programs of the machine wait, for all servers alike and for the client: they inherit it."""
    # The kernel groups programs by session when it shares the cores: the group needs it beside the process.
    group = Path("/proc/self/autogroup")
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
        group.write_text(str(FIRST))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            group.write_text("0")


def chosen(names: Sequence[str]) -> list[Server]:
    """Servers of these names, all without a name. Raises SystemExit on a name that none has."""
    known = {one.name: one for one in everyone()}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no server is named {unknown[0]!r}; known are: {', '.join(known)}")
    return [known[name] for name in names] or list(known.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few short rounds, for development")
    parser.add_argument("--only", default="", help="names of servers, with commas between")
    parser.add_argument("--skip-starts", action="store_true", help="only what is measured in turns")
    parser.add_argument("--json", type=Path, help="figures as they were measured, into this file")
    parser.add_argument("--write", action="store_true", help="into the document")
    given = parser.parse_args()
    servers = chosen([name for name in given.only.split(",") if name])
    os.sched_setaffinity(0, {CLIENT_CORE})
    with first(), tempfile.TemporaryDirectory(prefix="mlops-serving-benchmark-") as name:
        folder = Path(name)
        model = make(folder)
        with registry(model.trained, folder) as address:
            bench = Bench(folder, model, address, QUICK if given.quick else FULL)
            bench.make("mlflow-serve", str(environment("mlflow-serve")))
            bench.in_turns(servers)
            if not given.skip_starts:
                for server in servers:
                    if server.product != FLOOR and server.kind == PIPELINE and server.batch == 1:
                        bench.alone(server)
                        bench.cold_start(server)
    if given.json:
        given.json.write_text(json.dumps(bench.found, indent=1))


if __name__ == "__main__":
    main()
