"""What `make up` promises."""

from __future__ import annotations

import re

import pytest

from tests.conftest import make
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def test_a_first_prediction_is_shown_with_the_version_that_gave_it(platform: Platform) -> None:
    assert re.search(r'first prediction: .*"probability": 0\.\d+', platform.first_up)


@pytest.mark.usefixtures("platform")
def test_a_second_up_changes_nothing_and_says_so() -> None:
    said = make("up").stdout
    summary = re.search(r"pulumi: (.*)", said)
    assert summary
    assert re.fullmatch(r"\d+ unchanged", summary[1])
    assert "nothing to train" in said
    assert "importing image" not in said
    assert "building" not in said


def test_status_shows_every_part_as_well(platform: Platform) -> None:
    said = make("status").stdout
    assert platform.instance.node_address in said
    for part in ("tracking", "database", "store", "serving", "prometheus"):
        assert part in said


def test_every_namespace_enforces_the_restricted_profile(platform: Platform) -> None:
    for namespace in ("ml-platform", "ml-serving", "ml-training", "ml-monitoring"):
        refused = platform.kubectl(
            "run", "root", "--image=mlops.local/none:1", "--namespace", namespace, "--dry-run=server", check=False
        )
        assert refused.returncode == 1
        assert 'violates PodSecurity "restricted:latest"' in refused.stderr
