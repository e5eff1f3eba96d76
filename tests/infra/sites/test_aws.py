"""Claims about whole stacks on AWS: what follows from standing there and not on a machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.recording import Recorded, Recording, leaves
from tests.support.stack import stack

POD_IDENTITY = "169.254.170.23/32"
# Service accounts whose pods use AWS, and what they are in the cluster.
CONSUMERS = {
    "mlflow": "ml-platform",
    "backup": "ml-platform",
    "backup-rotation": "ml-platform",
    "database-care": "ml-platform",
    "database-roles": "ml-platform",
    "runs-prune": "ml-platform",
    "training": "ml-training",
    "tuning": "ml-training",
    "retraining": "ml-training",
    "monitoring": "ml-training",
    "data-archive": "ml-training",
    "drift-check": "ml-training",
    "model-server": "ml-serving",
}
ADD_ONS = {"aws-node", "ebs-csi-controller-sa"}


@pytest.fixture(params=["dev", "prod"])
def recording(request: pytest.FixtureRequest) -> Recording:
    return stack(request.param)


def workloads(recording: Recording) -> dict[str, dict[str, Any]]:
    """Pod specifications by the service account they run as; one of each."""
    return {pod["spec"].get("serviceAccountName", ""): pod["spec"] for _, pod in recording.pods()}


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container.get("env", ())}


def services(recording: Recording) -> list[Recorded]:
    return [each for each in recording.of_kind("Service") if each.type.startswith("kubernetes:")]


def test_every_consumer_has_an_identity_and_nobody_else(recording: Recording) -> None:
    associations = [each.inputs for each in recording.of_kind("PodIdentityAssociation")]

    found = {each["serviceAccount"]: each["namespace"] for each in associations if each["namespace"] != "kube-system"}
    assert found == CONSUMERS
    assert {each["serviceAccount"] for each in associations if each["namespace"] == "kube-system"} == ADD_ONS


def test_pods_run_as_the_account_that_has_the_identity(recording: Recording) -> None:
    accounts = {each.object_name: each.namespace for each in recording.of_kind("ServiceAccount")}

    assert CONSUMERS.items() <= accounts.items()
    assert set(CONSUMERS) <= set(workloads(recording))


def test_no_pod_and_no_function_holds_a_key_of_aws_or_a_password_of_the_database(recording: Recording) -> None:
    for _, pod in recording.pods():
        for container in pod["spec"]["containers"]:
            assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"} & set(env(container))
    functions = [each for each in recording.of_kind("Function") if each.type.startswith("aws:")]
    assert len(functions) == 2
    for function in functions:
        variables = function.inputs["environment"]["variables"]
        assert not [name for name in variables if name.endswith(("PASSWORD", "KEY", "TOKEN"))]


def test_a_consumer_reaches_its_credentials_the_database_and_aws_and_nothing_else_outside(recording: Recording) -> None:
    outside = {}
    for policy in recording.of_kind("NetworkPolicy"):
        blocks = {
            (peer["ipBlock"]["cidr"], rule["ports"][0]["port"])
            for rule in policy.spec.get("egress", ())
            for peer in rule.get("to", ())
            if "ipBlock" in peer
        }
        if blocks:
            outside[policy.object_name] = blocks
    assert set(outside) == {
        *CONSUMERS, "tracking-schema", "tracking-users", "daily-report", "database-figures",
    }  # fmt: skip
    for name, blocks in outside.items():
        assert (POD_IDENTITY, 80) in blocks, name
        assert {port for _, port in blocks} <= {80, 443, 5432}, name


def test_who_needs_the_database_logs_in_with_a_token_over_verified_tls(recording: Recording) -> None:
    backup = env(workloads(recording)["backup"]["containers"][0])
    assert (backup["PGUSER"], backup["PGSSLMODE"], backup["MLOPS_DATABASE_LOGIN"]) == ("backup", "verify-full", "iam")

    allowed = {
        action
        for policy in recording.of_kind("RolePolicy")
        if isinstance(policy.inputs["policy"], str)
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        for action in statement["Action"]
        if policy.name.startswith("backup-") or policy.name.startswith("training-")
    }
    assert "rds-db:connect" in allowed
    assert "secretsmanager:GetSecretValue" not in allowed


def test_who_looks_after_the_database_may_log_in_as_its_own_role_and_do_nothing_else(recording: Recording) -> None:
    policies = {
        policy.name: json.loads(policy.inputs["policy"])["Statement"]
        for policy in recording.of_kind("RolePolicy")
        if policy.name.startswith("database-care-")
    }
    ((name, (statement,)),) = policies.items()
    assert (name, statement["Action"]) == ("database-care-database-care", ["rds-db:connect"])
    assert statement["Resource"][0].endswith("/care")


def test_only_the_roles_job_reads_the_masters_password(recording: Recording) -> None:
    readers = {
        policy.name
        for policy in recording.of_kind("RolePolicy")
        if "secretsmanager:GetSecretValue" in str(policy.inputs["policy"]) and "database" in policy.name
    }
    assert readers == {"database-roles-database-master"}


def test_clients_come_through_internal_load_balancers_that_speak_tls(recording: Recording) -> None:
    balancers = {
        each.object_name: each for each in services(recording) if each.spec.get("type", "ClusterIP") == "LoadBalancer"
    }

    assert set(balancers) == {"mlflow-external", "gateway-external"}
    for each in balancers.values():
        annotations = each.inputs["metadata"]["annotations"]
        assert annotations["service.beta.kubernetes.io/aws-load-balancer-internal"] == "true"
        assert annotations["service.beta.kubernetes.io/aws-load-balancer-ssl-cert"].startswith("arn:aws:acm:")
        assert [port["port"] for port in each.spec["ports"]] == [443]
        assert each.spec["loadBalancerSourceRanges"]
    assert {each.spec.get("type", "ClusterIP") for each in services(recording)} == {"LoadBalancer", "ClusterIP"}


def test_nothing_that_the_site_provides_runs_in_the_cluster(recording: Recording) -> None:
    servers = {each.object_name for each in recording.of_kind("StatefulSet")}

    assert not servers & {"postgres", "store"}


def test_all_three_targets_serve_the_same_name_and_alias(recording: Recording) -> None:
    server = env(workloads(recording)["model-server"]["containers"][0])
    (function,) = [
        each.inputs["environment"]["variables"]
        for each in recording.of_kind("Function")
        if each.type.startswith("aws:") and each.name.startswith("predict")
    ]
    (model,) = recording.of_kind("Model")
    endpoint = model.inputs["primaryContainer"]["environment"]

    for name in ("MLOPS_MODEL_NAME", "MLOPS_MODEL_ALIAS"):
        assert server[name] == function[name] == endpoint[name]


def test_no_plain_input_holds_a_secret(recording: Recording) -> None:
    for resource in recording.resources:
        for leaf in leaves(resource.inputs):
            assert not (isinstance(leaf, str) and "hidden-" in leaf), resource.name


def test_nothing_is_made_in_the_cluster_before_its_nodes_and_no_login_before_the_database() -> None:
    recording = stack("dev")
    (provider,) = [each for each in recording.resources if each.type == "pulumi:providers:kubernetes"]
    for nodes in recording.of_kind("NodeGroup"):
        assert recording.waits_for(provider, nodes), nodes.name

    assert recording.waits_for(recording.one("Job", "database-roles"), recording.one("Instance", "database-instance"))


def test_prod_has_no_way_to_the_internet_and_a_private_api() -> None:
    prod = stack("prod")

    assert prod.of_kind("NatGateway", "InternetGateway") == []
    (cluster,) = [each for each in prod.of_kind("Cluster") if each.type == "aws:eks/cluster:Cluster"]
    assert cluster.inputs["vpcConfig"]["endpointPublicAccess"] is False


def test_the_api_of_prod_is_reached_from_where_updates_run_and_from_nowhere_else() -> None:
    prod = stack("prod")
    (cluster,) = [each for each in prod.of_kind("Cluster") if each.type == "aws:eks/cluster:Cluster"]
    assert len(cluster.inputs["vpcConfig"]["securityGroupIds"]) == 1

    ranges = [
        (each.inputs["cidrIpv4"], each.inputs["fromPort"], each.inputs["toPort"])
        for each in prod.of_kind("SecurityGroupIngressRule")
        if "cidrIpv4" in each.inputs
    ]
    assert ranges == [("10.60.0.0/24", 443, 443)]


def test_load_balancers_let_in_the_vpc_and_the_clients_of_the_settings() -> None:
    sources = {
        tuple(each.spec["loadBalancerSourceRanges"])
        for each in services(stack("prod"))
        if "external" in str(each.object_name)
    }

    assert sources == {("10.50.0.0/16", "10.60.0.0/24")}


def test_dev_has_one_nat_gateway_at_most() -> None:
    assert len(stack("dev").of_kind("NatGateway")) == 1


def test_data_is_protected_in_prod_and_not_in_dev() -> None:
    def protected(name: str) -> set[str]:
        return {each.kind for each in stack(name).resources if each.protect}

    assert protected("dev") == set()
    assert {"Instance", "Bucket", "Key", "Repository", "Cluster", "Workspace"} <= protected("prod")


def database(name: str) -> Recorded:
    return stack(name).one("Instance", "database-instance")


@pytest.mark.parametrize(("name", "days", "standby"), [("dev", 7, False), ("prod", 30, True)])
def test_the_database_is_as_safe_as_its_durability_says(name: str, days: int, standby: bool) -> None:
    inputs = database(name).inputs
    assert (inputs["backupRetentionPeriod"], inputs["multiAz"]) == (days, standby)
    assert inputs["deletionProtection"] is standby
