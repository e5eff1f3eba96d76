"""Generated requests to the model server: `python -m benchmarks.serving_cases`, or `make serving-cases`.

schemathesis makes them from the description that the server gives of itself. `--write` puts the result into
docs/serving.md. Exit code 1 when one of them got 5xx, or an answer that is not described.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.registry_of_one import registry
from benchmarks.telco import trained
from tests.jobs.support import ROOT, free_port, running
from tests.support.cases import CHECKS, cases

DOC = ROOT / "docs" / "serving.md"
MARK = "<!-- python -m benchmarks.serving_cases --write -->"
# Of these schemathesis sends most by itself: what stands at the edges of a description.
EXAMPLES = 6000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="for each route, at most")
    parser.add_argument("--least", type=int, default=10_000, help="fewer requests are a failure too")
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, model = trained(folder)
        port = free_port()
        with registry(model, folder) as address:
            settings = {
                "PYTHONPATH": str(ROOT), "MLOPS_PORT": str(port), "MLOPS_HOST": "127.0.0.1", "MLOPS_MAX_ROWS": "5",
                "MLFLOW_TRACKING_URI": address, "MLOPS_DRAIN_SECONDS": "0", "MLOPS_LOG_LEVEL": "warning",
            }  # fmt: skip
            with running(sys.executable, "-m", "jobs.serving", env=settings) as process:
                wait_for(f"http://127.0.0.1:{port}/ready")
                start = time.monotonic()
                found = cases(f"http://127.0.0.1:{port}", arguments.examples, folder)
                seconds = time.monotonic() - start
                failed = [line for line in process.lines if '"failed"' in line]
    if found.failed or failed or found.sent < arguments.least:
        raise SystemExit(f"{found.sent} requests\n{found.failed}{''.join(failed)}")
    told = (
        f"Measured {datetime.date.today()}: {found.sent} generated requests in {seconds:.0f} s, none answered with\n"
        f"5xx, each answer as described ({', '.join(CHECKS)})."
    )
    print(told)
    if arguments.write:
        begin, end = DOC.read_text().split(MARK)[0], DOC.read_text().split(MARK)[2]
        DOC.write_text(f"{begin}{MARK}\n{told}\n{MARK}{end}")


def wait_for(url: str) -> None:
    """Until a verified model is served; without the log's level, no line tells it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.05)
    raise SystemExit("the server is not ready after 60 s")


if __name__ == "__main__":
    main()
