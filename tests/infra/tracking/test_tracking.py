"""Claims about MLflow."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from infra.tracking.configuration import source_pattern
from tests.support.recording import Recording, Secret


def environment(local: Recording) -> dict[str, Any]:
    container = local.one("Deployment", "tracking-server").spec["template"]["spec"]["containers"][0]
    return {item["name"]: item.get("value") for item in container["env"]}


def files(local: Recording, name: str) -> dict[str, str]:
    data = local.one("Secret", name).inputs["stringData"]
    assert isinstance(data, Secret)
    return {key: value.value if isinstance(value, Secret) else value for key, value in data.value.items()}


def test_the_schema_is_upgraded_after_roles_and_buckets_and_before_users_and_servers(local: Recording) -> None:
    order = [
        local.one("Job", "database-roles"),
        local.one("Job", "tracking-schema"),
        local.one("Job", "tracking-users"),
        local.one("Deployment", "tracking-server"),
    ]
    for earlier, later in pairwise(order):
        assert local.waits_for(later, earlier), f"{later.name} before {earlier.name}"
    assert local.waits_for(local.one("Job", "tracking-schema"), local.one("Job", "storage-buckets"))


def test_readiness_asks_database_and_store_and_liveness_asks_only_the_process(local: Recording) -> None:
    container = local.one("Deployment", "tracking-server").spec["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"


def test_the_autoscaler_owns_the_number_of_replicas(local: Recording) -> None:
    assert "replicas" not in local.one("Deployment", "tracking-server").spec
    scaler = local.one("HorizontalPodAutoscaler", "tracking-scaling").spec
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)
    assert scaler["metrics"][0]["resource"]["target"] == {"type": "AverageValue", "averageValue": "500m"}


def test_an_update_or_a_drain_never_takes_the_last_server(local: Recording) -> None:
    rolling = local.one("Deployment", "tracking-server").spec["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": 1}
    # Not `minAvailable: 1`: of three servers a drain could take two.
    assert local.one("PodDisruptionBudget", "tracking-disruption").spec["maxUnavailable"] == 1
    assert local.one("HorizontalPodAutoscaler", "tracking-scaling").spec["minReplicas"] >= 2


def test_replicas_prefer_different_nodes_and_start_on_one_all_the_same(local: Recording) -> None:
    constraints = local.one("Deployment", "tracking-server").spec["template"]["spec"]["topologySpreadConstraints"]
    assert [constraint["topologyKey"] for constraint in constraints] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    assert {constraint["whenUnsatisfiable"] for constraint in constraints} == {"ScheduleAnyway"}


def test_every_name_of_the_service_and_the_node_is_an_allowed_host(local: Recording) -> None:
    assert environment(local)["MLFLOW_SERVER_ALLOWED_HOSTS"] == (
        "mlflow:5000,mlflow.ml-platform:5000,mlflow.ml-platform.svc:5000,"
        "mlflow.ml-platform.svc.cluster.local:5000,10.213.0.2:30500"
    )


def test_the_driver_and_the_check_of_the_servers_name_are_part_of_each_database_address(local: Recording) -> None:
    server = files(local, "tracking-server")
    for key, role in (("backend-uri", "mlflow"), ("auth-uri", "mlflow_auth")):
        assert server[key].startswith(f"postgresql+psycopg://{role}:hidden-")
        assert server[key].endswith(
            f"@postgres.ml-platform.svc:5432/{role}?sslmode=verify-full&sslrootcert=/etc/mlflow/secrets/ca.crt"
        )


def test_servers_do_not_know_the_passwords_of_users(local: Recording) -> None:
    server, users = files(local, "tracking-server"), files(local, "tracking-users")
    assert set(users) - set(server) == {f"{user}-password" for user in ("admin", "training", "serving", "pruning")}
    for password in ("trackingAdminPassword", "trackingTrainingPassword", "trackingServingPassword"):
        assert not any(f"hidden-{password}" in content for content in server.values())


@pytest.mark.parametrize(
    ("source", "accepted"),
    [
        ("s3://mlflow-artifacts/1/models/m-1/artifacts", True),
        ("models:/m-69b1ddfde9be484b9dbadc446b2f6fa4", True),
        ("s3://mlflow-artifacts-of-others/x", False),
        ("https://elsewhere/s3://mlflow-artifacts/x", False),
        ("file:///etc/passwd", False),
        ("mlflow-artifacts:/x", False),
    ],
)
def test_a_model_version_is_made_of_our_bucket_or_of_a_recorded_model(source: str, accepted: bool) -> None:
    assert bool(re.search(source_pattern("mlflow-artifacts"), source)) is accepted


def test_metrics_are_not_open_to_the_outside(local: Recording) -> None:
    ingress = local.one("NetworkPolicy", "tracking-network").spec["ingress"]
    assert [([port["port"] for port in rule["ports"]], "from" in rule) for rule in ingress] == [
        ([5000], False),
        ([9464], True),
    ]
