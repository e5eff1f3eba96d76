"""What the cluster is given for those who hear of alerts: secrets as files of one Secret, and a way out to them."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from infra.foundation.exposure import ClusterOnly
from infra.observability.alertmanager import Alertmanager, AlertmanagerArgs
from tests.support import told
from tests.support.look import at, only
from tests.support.recording import Recording, record
from tests.support.settings import settings


def recorded(secrets: dict[str, str], beats_at: str | None, **more: Any) -> Recording:
    args = AlertmanagerArgs(
        namespace="ml-monitoring",
        image=settings().images.alertmanager,
        settings=told.alertmanager(**more),
        secrets=told.secrets(secrets, beats_at),
        durability=settings().durability,
        exposure=ClusterOnly(),
    )
    return record(lambda: Alertmanager("alertmanager", args, pulumi.ResourceOptions()))


@pytest.fixture(scope="module")
def everyone() -> Recording:
    return recorded(told.SECRETS, told.HEARTBEAT, **told.given())


def ways_out(recording: Recording) -> list[tuple[str, int]]:
    policy = only(recording, "NetworkPolicy", "alertmanager")
    return [
        (peer["ipBlock"]["cidr"], rule["ports"][0]["port"])
        for rule in at(policy, "spec").get("egress", ())
        for peer in rule.get("to", ())
    ]


def test_secrets_are_files_of_one_secret_and_stand_nowhere_else(everyone: Recording) -> None:
    (secret,) = everyone.of_kind("Secret")
    held = secret.inputs["stringData"].value

    assert held == {**told.SECRETS, "_heartbeat": told.HEARTBEAT}
    for other in everyone.resources:
        if other is not secret:
            assert not [value for value in held.values() if value in str(other.inputs)], other.name


def test_the_files_lie_where_the_routes_look_for_them_and_only_their_owner_reads_them(everyone: Recording) -> None:
    pod = at(only(everyone, "StatefulSet", "alertmanager"), "spec", "template", "spec")
    (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "receivers"]
    (volume,) = [one for one in pod["volumes"] if one["name"] == "receivers"]
    config = at(everyone.of_kind("ConfigMap")[0], "data")["alertmanager.yaml"]

    assert (mount["mountPath"], mount["readOnly"]) == ("/etc/alertmanager-secrets", True)
    assert volume["secret"]["defaultMode"] == 0o440
    for name in told.SECRETS:
        assert f"_file: {mount['mountPath']}/{name}\n" in config


def test_a_secret_that_no_receiver_needs_stays_outside_the_cluster() -> None:
    recording = recorded(
        {**told.SECRETS, "former": "hidden-former"}, told.HEARTBEAT, receivers={"log": told.RECEIVERS["log"]}
    )

    (secret,) = recording.of_kind("Secret")
    assert secret.inputs["stringData"].value == {"log": told.SECRETS["log"]}


def test_alertmanager_is_let_out_at_the_ports_of_its_receivers_and_at_no_other(everyone: Recording) -> None:
    assert ways_out(everyone) == [("0.0.0.0/0", port) for port in (443, 587, 8081)]


def test_without_receivers_there_is_no_secret_and_no_way_out() -> None:
    nobody = recorded({}, None)

    assert nobody.of_kind("Secret") == []
    assert ways_out(nobody) == []
    assert only(nobody, "NetworkPolicy", "alertmanager").spec["policyTypes"] == ["Ingress", "Egress"]
