"""Runbooks are commands that work: every block marked `sh run` runs as it stands on a platform that is well."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.repository.documents import ROOT, Block, runnable
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e

# What a shell of the user must not have for the blocks to work.
_OF_OTHERS = ("MAKE", "MFLAGS", "MLFLOW_", "AWS_", "PULUMI_", "KUBECONFIG", "MLOPS_INSTANCE", "MLOPS_PYTHON")


def shell(text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a reader's bash does with the text."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.fixture(scope="module")
def environment(platform: Platform) -> dict[str, str]:
    """A user's own environment, and which instance is meant."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
    return kept | {"INSTANCE": platform.instance.name}


@pytest.fixture(scope="module")
def exports(environment: dict[str, str]) -> str:
    """What the first line of every runbook evaluates."""
    said = shell("make -s env", environment)
    assert said.returncode == 0, said.stdout
    return said.stdout


@pytest.mark.parametrize("block", runnable(), ids=str)
def test_a_block_of_a_runbook_runs_as_it_stands(exports: str, environment: dict[str, str], block: Block) -> None:
    done = shell(f"{exports}\n{block.text}", environment)
    assert done.returncode == 0, f"{block}\n{block.text}\n{done.stdout[-3000:]}"
