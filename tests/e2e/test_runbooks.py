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


@pytest.mark.parametrize("block", runnable(), ids=str)
def test_a_block_of_a_runbook_runs_as_it_stands(platform: Platform, block: Block) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'eval "$(make -s env)"\n{block.text}'],
        cwd=ROOT, env=environment | {"INSTANCE": platform.instance.name},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}\n{block.text}\n{done.stdout[-3000:]}"
