"""Pushes a real model through a new platform, by the same commands a user would type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.cluster.instance import Instance
from local.errors import LocalError
from local.platform.engine import ROOT

CONFIG = ROOT / "configs" / "churn-experiment.yaml"
# The first snapshot of what retraining trains on.
DATA = ROOT / "configs" / "churn-data.yaml"

# What a shell of the user must not have for this instance to be meant.
OF_OTHERS = ("MLFLOW_", "MLOPS_", "AWS_", "PG")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    output: str
    errors: str = ""


@dataclass(frozen=True)
class Mlops:
    """The `mlops` command on one instance."""

    instance: Instance
    kubeconfig: Path

    def run(self, *arguments: str, report: Report | None = None) -> Answer:
        """Runs `mlops ARGUMENTS`, its progress to `report`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_OTHERS)}
        environment = inherited | {
            "MLOPS_CACHE": str(self.instance.folder.parents[1]),
            "MLOPS_INSTANCE": self.instance.name,
            "KUBECONFIG": str(self.kubeconfig),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "jobs", *arguments]
        with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=-1, stderr=-1) as running:
            assert running.stderr
            assert running.stdout
            told = []
            for line in running.stderr:
                told.append(line)
                if report and line.strip():
                    report(f"  {line.rstrip()}")
            output = running.stdout.read()
        return Answer(running.returncode, output, "".join(told))

    def must(self, *arguments: str, report: Report) -> Any:
        """Runs it and returns its JSON; a failure is a LocalError."""
        answer = self.run(*arguments, "--json", report=report)
        if answer.code:
            raise LocalError(f"`mlops {' '.join(arguments)}` ended with {answer.code}: {answer.output.strip()}")
        return json.loads(answer.output)

    def find(self, *arguments: str) -> Any:
        """The JSON of a question about the registry, None when what was asked for does not exist there.

        Only the registry's own word counts for that: one that does not answer may well hold a model.
        """
        answer = self.run(*arguments, "--json")
        if answer.code == 0:
            return json.loads(answer.output)
        if _kind(answer.output) == "RegistryError":
            return None
        told = "\n".join(text for text in (answer.output.strip(), answer.errors.strip()[-2000:]) if text)
        raise LocalError(f"`mlops {' '.join(arguments)}` ended with {answer.code}, nothing was trained:\n{told}")


def _kind(output: str) -> str | None:
    try:
        said = json.loads(output)
    except ValueError:
        return None
    return said.get("kind") if isinstance(said, dict) else None


def ensure_champion(mlops: Mlops, model: str, alias: str, report: Report) -> None:
    """Snapshots the data, trains, registers and promotes a first model, each unless an earlier run has done it."""
    champion = mlops.find("models", "show", model, f"@{alias}")
    if champion is not None:
        report(f"{alias} of {model} is version {champion['version']}: nothing to train")
        return
    if not mlops.find("models", "list", model):
        experiment = yaml.safe_load(CONFIG.read_text())["experiment"]
        mlops.must("data", "pipeline", str(DATA.relative_to(ROOT)), report=report)
        mlops.must("train", "run", str(CONFIG.relative_to(ROOT)), "--on", "k8s", report=report)
        mlops.must("models", "register", model, "--experiment", experiment, report=report)
    mlops.must("models", "promote", model, "--alias", alias, report=report)


def show_prediction(mlops: Mlops, report: Report) -> None:
    """Asks the served champion about real customers."""
    answer = mlops.must("predict", "--rows", "3", report=report)
    report(f"first prediction: {json.dumps(answer)}")
