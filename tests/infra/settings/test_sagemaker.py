"""Which instances an endpoint may have."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from infra.settings.sagemaker import SagemakerSettings


@pytest.mark.parametrize("instance", ["ml.c7i.large", "ml.m5.4xlarge", "ml.m7i-flex.large", "ml.r6i.2xlarge"])
def test_an_instance_that_takes_our_key_and_runs_our_image_is_accepted(instance: str) -> None:
    assert SagemakerSettings.model_validate({"instanceType": instance}).instance_type == instance


@pytest.mark.parametrize(
    ("instance", "rule"),
    [
        ("ml.m5d.large", "without disks of its own"),
        ("ml.g5.xlarge", "without disks of its own"),
        ("ml.g4dn.xlarge", "without disks of its own"),
        ("ml.p4d.24xlarge", "without disks of its own"),
        ("ml.c6gd.large", "without disks of its own"),
        ("ml.c7g.large", "x86-64"),
        ("c7i.large", "match pattern"),
    ],
)
def test_an_instance_that_cannot_work_is_refused_with_the_rule(instance: str, rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        SagemakerSettings.model_validate({"instanceType": instance})
