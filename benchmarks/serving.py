"""Our model server beside `mlflow models serve`, MLServer, BentoML and LitServe; writes docs/serving-benchmark.md.

    python -m benchmarks.serving [--quick] [--only NAME,NAME] [--write] [--json FILE]

One machine, one run, one model, the same rows of the Telco table. Each peer runs in an environment of its own, made
from requirements/PEER.txt. Servers are pinned to the first core, the client to the second. About 10 minutes.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import installed, size
from benchmarks.registry_of_one import registry
from benchmarks.serving_measure import CLIENT_CORE, FULL, QUICK, Bench, Effort
from benchmarks.serving_model import make
from benchmarks.serving_process import go_first, wakeful
from benchmarks.serving_report import FLOOR, MLFLOW, tables
from benchmarks.serving_servers import DISTRIBUTIONS, LOCKS, PIPELINE, Server, everyone
from benchmarks.tables import with_tables
from jobs.commands.ending import in_order

DOCS = Path(__file__).parents[1] / "docs" / "serving-benchmark.md"


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
    go_first(os.getpid(), alone=False)
    with in_order(), wakeful() as awake, tempfile.TemporaryDirectory(prefix="mlops-serving-benchmark-") as name:
        folder = Path(name)
        model = make(folder)
        with registry(model.trained, folder) as address:
            bench = Bench(folder, model, address, QUICK if given.quick else FULL)
            bench.make(LOCKS[MLFLOW])
            before = os.getloadavg()[0]
            bench.in_turns(servers)
            bench.inside()
            if not given.skip_starts:
                for server in servers:
                    if server.product != FLOOR and server.kind == PIPELINE and server.batch == 1:
                        bench.alone(server)
                        bench.cold_start(server)
                        bench.note(server.name, size=size(server.lock) / 1e6)
        told = about(bench.effort, before, awake)
    if given.json:
        given.json.write_text(json.dumps({"about": told, "found": bench.found}, indent=1))
    if servers == everyone() and not given.skip_starts:
        report = {"about": told, **tables(bench.found)}
        print("\n".join(report.values()))
        if given.write:
            DOCS.write_text(with_tables(DOCS.read_text(), report))


def about(effort: Effort, load: float, awake: bool) -> str:
    """Day, machine and versions."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    servers = [f"{name} {installed(LOCKS[name])[distribution]}" for name, distribution in DISTRIBUTIONS.items()]
    model = [f"{name} {installed(LOCKS[MLFLOW])[name]}" for name in ("xgboost-cpu", "scikit-learn", "pandas", "numpy")]
    return (
        f"Measured {datetime.date.today()} on {os.cpu_count()} cores ({cpu[1] if cpu else 'unknown'}), Python "
        f"{platform.python_version()}; load of the machine {load:.1f} before and {os.getloadavg()[0]:.1f} after; "
        f"its cores {'were kept from sleeping' if awake else 'may have slept'} between two requests.\n"
        f"{', '.join(servers)}; {', '.join(model)}.\n"
        f"{effort.rounds} rounds; one by one up to {effort.requests:,} requests or {effort.seconds:.0f} s in each, "
        f"{effort.connections} connections for {effort.load_seconds:.0f} s in each; {effort.starts} starts.\n"
    )


if __name__ == "__main__":
    main()
