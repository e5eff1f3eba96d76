"""Claims about how long CloudWatch keeps logs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from infra.settings.network import NetworkSettings

NETWORK = {"cidr": "10.40.0.0/16", "zones": ("eu-central-1a", "eu-central-1b")}


@pytest.mark.parametrize("days", [0, 2, 10, 100, 3650, 3654])
def test_days_that_cloudwatch_does_not_know_are_refused_with_those_it_does(days: int) -> None:
    with pytest.raises(ValidationError, match=r"one of 1, 3, 5, 7, 14, .* 3288, 3653"):
        NetworkSettings.model_validate({**NETWORK, "flowLogDays": days})


@pytest.mark.parametrize("days", [1, 90, 365, 3653])
def test_days_that_cloudwatch_knows_are_accepted(days: int) -> None:
    assert NetworkSettings.model_validate({**NETWORK, "flowLogDays": days}).flow_log_days == days
