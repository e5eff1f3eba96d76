"""docs/architecture.md lists what the code has: rooms, addresses, settings, outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from infra.foundation import addresses
from infra.foundation.addresses import Endpoint
from infra.settings.base import SettingsModel
from infra.settings.images import AwsImages, MachineImages
from infra.settings.secrets import AwsSecrets, MachineSecrets
from tests.repository.documents import ROOT
from tests.support.stack import stack

TEXT = (ROOT / "docs" / "architecture.md").read_text()
ENDPOINTS = [value for value in vars(addresses).values() if isinstance(value, Endpoint)]
# Reached only inside the cluster, so without a NodePort to look up.
INTERNAL = {
    addresses.KUBE_STATE_METRICS, addresses.TRACKING_METRICS, addresses.PUSHGATEWAY, addresses.MODEL_SERVER,
    addresses.GATEWAY_INSPECTION,
}  # fmt: skip


def rooms(folder: str) -> Iterable[str]:
    """Packages of a top-level folder."""
    return sorted(path.parent.name for path in (ROOT / folder).glob("*/__init__.py"))


def keys(model: type[SettingsModel]) -> list[str]:
    """A model's keys as the stack file writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("folder", ["infra", "local"])
def test_every_room_is_listed_and_every_listed_room_exists(folder: str) -> None:
    listed = re.findall(rf"^\| `{folder}/([a-z]+)/` ", TEXT, re.M)
    assert sorted(listed) == list(rooms(folder))


def test_every_address_is_listed_with_its_node_port() -> None:
    for endpoint in ENDPOINTS:
        if endpoint not in INTERNAL:
            assert re.search(rf"`(?:https?://)?{re.escape(endpoint.address)}`.*\| 30\d\d\d \|", TEXT), endpoint
    assert f"on {addresses.TRACKING_METRICS.port}" in TEXT
    assert f"on {addresses.GATEWAY_INSPECTION.port}" in TEXT


@pytest.mark.parametrize("model", [MachineImages, AwsImages, MachineSecrets, AwsSecrets])
def test_every_image_and_secret_of_the_settings_is_listed(model: type[SettingsModel]) -> None:
    assert [key for key in keys(model) if f"`{key}`" not in TEXT] == []


def test_every_stack_output_is_listed_and_every_listed_output_exists() -> None:
    table = TEXT.split("Stack outputs (")[1].split("\n\n")[1]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    listed = {site: sorted(re.findall(r"`(\w+)`", outputs)) for site, outputs in rows}
    both, managed = listed["both"], listed["AWS with Amazon's Prometheus"]
    assert sorted(stack("local").outputs) == sorted([*both, *listed["one machine"]])
    assert sorted(stack("dev").outputs) == sorted([*both, *listed["AWS"]])
    assert sorted(stack("prod").outputs) == sorted([*both, *listed["AWS"], *managed])
