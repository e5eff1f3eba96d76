"""Pushes a real model through a new platform, by the same commands a user would type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from local.cluster.instance import Instance
from local.errors import LocalError
from local.platform.engine import ROOT

MODEL = "churn-classifier"
CONFIG = ROOT / "configs" / "churn-experiment.yaml"


def mlops(instance: Instance, *arguments: str, report: Callable[[str], None] | None = None) -> tuple[int, str]:
    """Runs `mlops ARGUMENTS` on the instance, progress to `report`. Returns exit code and standard output."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "AWS_"))}
    environment = inherited | {
        "MLOPS_CACHE": str(instance.folder.parents[1]),
        "MLOPS_INSTANCE": instance.name,
        "KUBECONFIG": str(instance.kubeconfig),
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
    return running.returncode, output if running.returncode == 0 or report else output + "".join(told)


def _must(instance: Instance, *arguments: str, report: Callable[[str], None]) -> Any:
    code, output = mlops(instance, *arguments, "--json", report=report)
    if code:
        raise LocalError(f"`mlops {' '.join(arguments)}` ended with {code}: {output.strip()}")
    return json.loads(output)


def ensure_champion(instance: Instance, report: Callable[[str], None]) -> None:
    """Trains, registers and promotes a first model, each unless an earlier run has done it."""
    code, output = mlops(instance, "models", "show", MODEL, "@champion", "--json")
    if code == 0:
        report(f"champion of {MODEL} is version {json.loads(output)['version']}: nothing to train")
        return
    code, output = mlops(instance, "models", "list", MODEL, "--json")
    if code or not json.loads(output):
        _must(instance, "train", "run", str(CONFIG.relative_to(ROOT)), "--on", "k8s", report=report)
        _must(instance, "models", "register", MODEL, report=report)
    _must(instance, "models", "promote", MODEL, "--alias", "champion", report=report)


def show_prediction(instance: Instance, report: Callable[[str], None]) -> None:
    """Asks the served champion about real customers."""
    answer = _must(instance, "predict", "--rows", "3", report=report)
    report(f"first prediction: {json.dumps(answer)}")
