"""The function that predicts beside the usual handler for the same model; writes docs/serverless.md.

    python -m benchmarks.lambda_function [--starts 11] [--write]

Size of the package, unpacked and as an archive; time from an interpreter that runs to the first prediction, in new
processes that take turns; one row afterwards. The usual handler has scikit-learn, XGBoost and pandas, in an
environment of its own from requirements/predict-peer.txt. About 3 minutes.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.environments import ROOT, environment
from benchmarks.serving_model import make
from jobs.bundle.prediction import TOLERANCE

DOCUMENT = ROOT / "docs" / "serverless.md"
MARK, END = "<!-- python -m benchmarks.lambda_function --write -->", "<!-- end -->"
PEER, OURS = "scikit-learn + XGBoost", "ours"
HERE = ROOT / "benchmarks" / "lambda_peer"
# One row each; the first is the cold one.
EVENTS = 51
# XGBoost brings NVIDIA's library for training on many GPUs, which no function uses. A careful builder leaves it out.
NCCL = "nvidia"


@dataclass(frozen=True)
class Handler:
    """What is measured: its interpreter, the module, what stands in the package, and the environment."""

    name: str
    python: Path
    module: str
    package: list[Path]
    environment: dict[str, str]

    def start(self, events: Path) -> dict[str, Any]:
        command = [str(self.python), str(HERE / "start.py"), self.module, str(events)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def site_packages(python: Path) -> Path:
    (found,) = (python.parents[1] / "lib").glob("python3*/site-packages")
    return found


def code() -> Iterator[str]:
    """Our files in the image, as its Dockerfile names them."""
    text = (ROOT / "local" / "images" / "predict.Dockerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"^COPY ((?:jobs|functions)/.*)$", text, re.M):
        for source in line.split()[:-1]:
            path = ROOT / source
            found = path.rglob("*.py") if path.is_dir() else [path]
            yield from (str(one.relative_to(ROOT)) for one in found)


def sizes(package: list[Path], without: str = "") -> tuple[float, float]:
    """Megabytes of the files, and of the archive. Compiled Python is left out: it is made anew anywhere."""
    total, archive = 0, io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for root in package:
            for path in sorted(root.rglob("*")):
                inside = path.relative_to(root)
                left_out = "__pycache__" in inside.parts or (without and inside.parts[0].startswith(without))
                if path.is_file() and not left_out:
                    total += path.stat().st_size
                    packed.write(path, str(inside))
    return total / 1e6, len(archive.getvalue()) / 1e6


def handlers(folder: Path) -> list[Handler]:
    """Both, for the model that is made in this folder."""
    model = make(folder)
    peer, ours = environment("predict-peer"), environment("predict")
    command = [str(peer), str(ROOT / "benchmarks" / "serving_peers" / "make.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    theirs, mine = folder / "theirs", folder / "mine"
    for place in (theirs, mine / "model"):
        place.mkdir(parents=True)
    for file in (HERE / "handler.py", folder / "model.joblib", folder / "features.json"):
        shutil.copy(file, theirs)
    for name in code():
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, mine / name)
    for file in model.trained.folder.iterdir():
        shutil.copy(file, mine / "model")
    pinned = {
        "MLOPS_MODEL_VERSION": "1", "MLOPS_MODEL_DIGEST": model.trained.digest, "MLOPS_LOG_LEVEL": "error",
        "MLOPS_MODEL_FOLDER": str(mine / "model"),
    }  # fmt: skip
    path = {"PATH": os.environ["PATH"]}
    events = [{"records": [record]} for record in model.records[-EVENTS:]]
    (folder / "events.json").write_text(json.dumps(events))
    return [
        Handler(PEER, peer, "handler", [site_packages(peer), theirs],
                {**path, "PYTHONPATH": str(theirs), "MODEL_FOLDER": str(theirs)}),
        Handler(OURS, ours, "functions.predict.handler", [site_packages(ours), mine],
                {**path, "PYTHONPATH": str(mine), **pinned}),
    ]  # fmt: skip


def measured(both: list[Handler], starts: int, folder: Path) -> dict[str, dict[str, float]]:
    """By handler: medians over the starts, which take turns; a first one of each fills the caches."""
    found: dict[str, list[dict[str, Any]]] = {one.name: [] for one in both}
    for turn in range(starts + 1):
        for one in both:
            told = one.start(folder / "events.json")
            if turn:
                found[one.name].append(told)
    theirs, mine = (found[one.name][0]["probabilities"] for one in both)
    worst = max(abs(a - b) for a, b in zip(theirs, mine, strict=True))
    assert worst <= TOLERANCE, worst
    return {
        name: {
            "import": median(one["import"] for one in told), "first": median(one["first"] for one in told),
            "cold": median(one["import"] + one["first"] for one in told),
            "processor": median(one["processor"] for one in told),
            "row": median(median(one["later"]) for one in told), "megabytes": median(one["megabytes"] for one in told),
        }
        for name, told in found.items()
    }  # fmt: skip


def table(both: list[Handler], found: dict[str, dict[str, float]]) -> list[str]:
    peer, ours = both
    (their_files, their_archive), (my_files, my_archive) = sizes(peer.package), sizes(ours.package)
    (less_files, less_archive) = sizes(peer.package, NCCL)
    theirs, mine = found[peer.name], found[ours.name]
    rows = [
        ("package, unpacked, MB", their_files, my_files, 1, 1),
        ("… without NVIDIA's library", less_files, my_files, 1, 1),
        ("package as an archive, MB", their_archive, my_archive, 1, 1),
        ("… without NVIDIA's library", less_archive, my_archive, 1, 1),
        ("import of the handler with its model, ms", theirs["import"], mine["import"], 1000, 1),
        ("first prediction, ms", theirs["first"], mine["first"], 1000, 2),
        ("cold start: both, ms", theirs["cold"], mine["cold"], 1000, 1),
        ("… of the processor, with the interpreter's own start, ms", theirs["processor"], mine["processor"], 1000, 1),
        ("one row afterwards, ms", theirs["row"], mine["row"], 1000, 3),
        ("memory at most, MB", theirs["megabytes"], mine["megabytes"], 1, 0),
    ]
    lines = [f"| | {peer.name} | {ours.name} | times |", "| --- | ---: | ---: | ---: |"]
    for what, a, b, unit, digits in rows:
        lines.append(f"| {what} | {a * unit:.{digits}f} | {b * unit:.{digits}f} | 1/{a / b:.0f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=11)
    parser.add_argument("--write", action="store_true", help="into the document")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlops-lambda-benchmark-") as name:
        folder = Path(name)
        both = handlers(folder)
        lines = table(both, measured(both, given.starts, folder))
    versions = re.findall(r"^((?:xgboost|scikit-learn|pandas)==[^ ]+)", _lock(), re.M)
    lines += ["", f"Medians of {given.starts} starts each; {', '.join(versions)}."]
    print("\n".join(lines))
    if given.write:
        before, rest = DOCUMENT.read_text().split(MARK)
        DOCUMENT.write_text("\n".join([f"{before}{MARK}", *lines, END]) + rest.split(END, 1)[1])


def _lock() -> str:
    return (ROOT / "requirements" / "predict-peer.txt").read_text()


if __name__ == "__main__":
    main()
