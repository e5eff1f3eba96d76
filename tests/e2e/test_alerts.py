"""What is broken is told to people, once, and told to be over. `make alerts` breaks every part, this one of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.platform import ROOT, Platform

pytestmark = pytest.mark.e2e


# What its rule and Alertmanager take, twice, and two `pulumi up` that put the webhook in force and away.
@pytest.mark.timeout(1800)
def test_jobs_that_fail_are_told_to_a_webhook_once_and_told_to_be_over(platform: Platform) -> None:
    command = [sys.executable, "-m", "benchmarks.alerts", "--instance", platform.instance.name, "--only", "training"]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "`TrainingFailures`" in done.stdout
