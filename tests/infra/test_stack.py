"""Claims about everything stack `local` declares."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from infra.foundation.quantities import in_bytes, millicores
from infra.observability.dashboards import SHEETS
from infra.settings.quotas import TRAINING_JOBS, TUNING_WORKERS, Need, most_pods, need
from tests.support.recording import Recorded, Recording, Secret, leaves
from tests.support.settings import CERTIFICATES, CLIENTS, PASSWORDS, secret_of, settings

SERVERS = ("Deployment", "StatefulSet")
WORKLOADS = (*SERVERS, "Job", "CronJob", "PodTemplate")


def containers(pod: Any) -> list[Any]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def test_every_pod_runs_as_an_unprivileged_user_with_a_default_seccomp_profile(local: Recording) -> None:
    for workload, pod in local.pods():
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True, workload.name
        assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {65532}, workload.name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, workload.name
        assert pod["spec"]["enableServiceLinks"] is False, workload.name


def test_every_container_has_a_read_only_root_and_no_capability(local: Recording) -> None:
    for workload, pod in local.pods():
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, f"{workload.name}/{container['name']}"


def test_every_container_asks_for_resources_and_is_limited(local: Recording) -> None:
    for workload, pod in local.pods():
        for container in containers(pod):
            for bound in ("requests", "limits"):
                assert set(container["resources"][bound]) == {"cpu", "memory"}, f"{workload.name}/{container['name']}"


def test_every_server_is_probed_and_no_job_is(local: Recording) -> None:
    for workload, pod in local.pods():
        for container in pod["spec"]["containers"]:
            probes = {"startupProbe", "livenessProbe", "readinessProbe"} & set(container)
            assert len(probes) == (3 if workload.kind in SERVERS else 0), f"{workload.name}/{container['name']}"


def test_only_pods_that_talk_to_the_cluster_hold_a_token(local: Recording) -> None:
    def holds_a_token(pod: Any) -> bool:
        projected = [
            source for volume in pod["spec"]["volumes"] for source in volume.get("projected", {}).get("sources", ())
        ]
        return pod["spec"]["automountServiceAccountToken"] or any("serviceAccountToken" in each for each in projected)

    holders = {workload.name for workload, pod in local.pods() if holds_a_token(pod)}
    assert holders == {"kube-state-metrics-deployment", "prometheus-server", "retraining-cron"}


def test_every_workload_has_its_own_network_policy(local: Recording) -> None:
    policies = [
        (policy.namespace, policy.spec["podSelector"].get("matchLabels")) for policy in local.of_kind("NetworkPolicy")
    ]
    for workload, pod in local.pods():
        app = {"app.kubernetes.io/name": pod["metadata"]["labels"]["app.kubernetes.io/name"]}
        assert (workload.namespace, app) in policies, workload.name


def test_every_namespace_denies_by_default_and_is_restricted(local: Recording) -> None:
    namespaces = {namespace.object_name for namespace in local.of_kind("Namespace") if "spec" not in namespace.inputs}
    namespaces.discard(None)
    assert namespaces == {"ml-platform", "ml-serving", "ml-training", "ml-monitoring"}
    denied = {
        policy.namespace
        for policy in local.of_kind("NetworkPolicy")
        if policy.spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    }
    assert denied == namespaces
    for namespace in local.of_kind("Namespace"):
        if namespace.object_name:
            for mode in ("enforce", "audit", "warn"):
                assert namespace.labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


EVERY = {"port": 0}


def test_what_a_pod_may_reach_is_open_on_the_other_side(local: Recording) -> None:
    served: dict[str, set[int]] = {}
    for policy in local.of_kind("NetworkPolicy"):
        app = policy.spec["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name")
        for rule in policy.spec.get("ingress", []):
            served.setdefault(app, set()).update(port["port"] for port in rule.get("ports", [EVERY]))
    for policy in local.of_kind("NetworkPolicy"):
        for rule in policy.spec.get("egress", []):
            for peer in rule.get("to", []):
                if "podSelector" in peer:
                    target = peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
                    assert {port["port"] for port in rule.get("ports", [EVERY])} <= served[target], (
                        policy.name,
                        target,
                    )


@pytest.mark.parametrize("name", [*PASSWORDS, *CERTIFICATES, *(f"key-of-{client}" for client in CLIENTS)])
def test_no_secret_stands_in_plain_inputs_or_outputs(local: Recording, name: str) -> None:
    value = secret_of(name)
    for resource in local.resources:
        for leaf in leaves(resource.inputs):
            assert not (isinstance(leaf, str) and value in leaf), f"{name} in {resource.kind} {resource.name}"
    assert not any(value in str(leaf) for leaf in leaves(local.outputs))


def test_no_secret_stands_in_a_command_or_a_plain_variable(local: Recording) -> None:
    for workload, pod in local.pods():
        for leaf in (leaf for container in containers(pod) for leaf in _all(container)):
            assert not (isinstance(leaf, str) and "hidden-" in leaf), workload.name


def _all(tree: Any) -> list[Any]:
    if isinstance(tree, Secret):
        return _all(tree.value)
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in _all(value)]
    if isinstance(tree, list):
        return [leaf for value in tree for leaf in _all(value)]
    return [tree]


def test_every_component_is_typed_by_its_domain_and_registers_its_outputs(local: Recording) -> None:
    for component in local.components():
        assert component.type.count(":") == 2
        assert component.urn in local.completed, component.name


def test_every_object_goes_through_the_provider_of_the_settings(local: Recording) -> None:
    providers = {resource.provider for resource in local.resources if resource.type.startswith("kubernetes:")}
    provider = local.one("kubernetes", "cluster")
    assert len(providers) == 1
    assert providers.pop().startswith(provider.urn)
    assert provider.inputs["kubeconfig"] == "/instance/kubeconfig"
    assert provider.inputs["context"] == "mlops"


def test_secrets_config_maps_and_jobs_have_no_fixed_name_so_that_a_change_rolls_what_uses_them(
    local: Recording,
) -> None:
    named = {one.object_name for one in local.of_kind("Secret", "ConfigMap", "Job")} - {None}
    # Its data is not Pulumi's: the rollout writes it, and Envoy reads it anew.
    named.remove("traffic")
    # Their servers read them anew while clients stay connected.
    named -= {"postgres-certificate", "store-certificate"}
    # Nothing rolls with a dashboard; why it has a name stands where it is made.
    assert named == {f"dashboard-{sheet.name}" for sheet in SHEETS}


def test_a_server_never_waits_for_its_own_service(local: Recording) -> None:
    # Pulumi calls a Service ready when it has an endpoint: the two would wait for each other.
    for server in local.of_kind(*SERVERS):
        for service in local.of_kind("Service"):
            if service.spec["selector"].items() <= server.spec["template"]["metadata"]["labels"].items():
                assert not local.waits_for(server, service), server.name


def test_exports_are_those_of_the_architecture(local: Recording) -> None:
    assert local.outputs == {
        "trackingUri": "http://10.213.0.2:30500",
        "storeEndpoint": "https://10.213.0.2:30900",
        "storeRegion": "us-east-1",
        "databaseHost": "10.213.0.2:30432",
        "servingUrl": "http://10.213.0.2:30800",
        "prometheusUrl": "http://10.213.0.2:30909",
        "alertmanagerUrl": "http://10.213.0.2:30903",
        "artifactBucket": "mlflow-artifacts",
        "buckets": ["mlflow-artifacts", "features", "inference-logs", "backups", "audit"],
        "bucketNames": {
            "artifacts": "mlflow-artifacts",
            "features": "features",
            "inference_logs": "inference-logs",
            "backups": "backups",
            "audit": "audit",
        },
        "namespaces": ["ml-platform", "ml-serving", "ml-training", "ml-monitoring"],
        "trackingAdminPassword": Secret("hidden-trackingAdminPassword"),
        "servingKey": Secret("hidden-key-of-default"),
        "storeAccessKey": Secret("hidden-storeAccessKey"),
        "storeSecretKey": Secret("hidden-storeSecretKey"),
        "databaseSuperuserPassword": Secret("hidden-databaseSuperuserPassword"),
        "studiesUrl": Secret(
            "postgresql://optuna:hidden-databaseStudiesPassword@10.213.0.2:30432/studies?sslmode=verify-full"
        ),
        "caCertificate": Secret("-----BEGIN hidden-caCertificate"),
    }


def test_services_listen_at_the_node_ports_of_the_settings(local: Recording) -> None:
    ports = {
        service.object_name: service.spec["ports"][0]["nodePort"]
        for service in local.of_kind("Service")
        if service.spec.get("type") == "NodePort"
    }
    assert ports == {
        "postgres": 30432,
        "store": 30900,
        "mlflow": 30500,
        "gateway": 30800,
        "prometheus": 30909,
        "alertmanager": 30903,
    }


def test_no_change_of_settings_touches_a_volume_that_holds_data(local: Recording) -> None:
    for server in local.of_kind("StatefulSet"):
        assert server.ignored == ("spec.volumeClaimTemplates",), server.name
        retention = server.spec["persistentVolumeClaimRetentionPolicy"]
        assert retention == {"whenDeleted": "Retain", "whenScaled": "Retain"}, server.name


def test_a_server_that_is_made_anew_is_prepared_anew(local: Recording) -> None:
    order = [
        local.one("StatefulSet", "database-server"),
        local.one("Job", "database-roles"),
        local.one("Job", "tracking-schema"),
        local.one("Job", "tracking-users"),
    ]
    for earlier, later in pairwise(order):
        assert earlier.urn in later.replaced_with, later.name
    store = local.one("StatefulSet", "storage-server")
    assert local.one("Job", "storage-buckets").replaced_with == {store.urn}


def test_only_servers_of_several_replicas_have_a_disruption_budget(local: Recording) -> None:
    assert local.names("PodDisruptionBudget") == [
        "gateway-disruption",
        "model-server-blue-disruption",
        "model-server-green-disruption",
        "tracking-disruption",
    ]


def replicas(local: Recording, server: Recorded) -> int:
    """How many pods a server has, and one more while it rolls (a Deployment's surge)."""
    for scaler in local.of_kind("HorizontalPodAutoscaler"):
        target = scaler.spec["scaleTargetRef"]["name"]
        if (target, scaler.namespace) == (server.object_name, server.namespace):
            return int(scaler.spec["minReplicas"])
    return int(server.spec.get("replicas", 1))


def asked(pod: Any, resource: str, bound: str = "requests") -> int:
    read = millicores if resource == "cpu" else in_bytes
    beside = [one for one in pod["spec"].get("initContainers") or () if one.get("restartPolicy") == "Always"]
    return sum(read(container["resources"][bound][resource]) for container in (*pod["spec"]["containers"], *beside))


def test_everything_and_a_training_job_fit_on_two_cores(local: Recording) -> None:
    servers = sum(
        asked(pod, "cpu") * replicas(local, workload) for workload, pod in local.pods() if workload.kind in SERVERS
    )
    training = asked(local.one("PodTemplate", "training-template").pod(), "cpu")
    scheduled = sum(asked(pod, "cpu") for workload, pod in local.pods() if workload.kind == "CronJob")
    # 400m are left to the node's own pods: DNS, metrics, volumes.
    assert servers + training + scheduled <= 1600


def most(local: Recording, workload: Recorded) -> int:
    """How many pods of a workload may run at once."""
    if workload.kind == "PodTemplate":
        return {"training": TRAINING_JOBS, "tuning": TUNING_WORKERS, "recovery": 1}[str(workload.object_name)]
    for scaler in local.of_kind("HorizontalPodAutoscaler"):
        if scaler.spec["scaleTargetRef"]["name"] == workload.object_name:
            return int(scaler.spec["maxReplicas"]) + int(workload.spec["strategy"]["rollingUpdate"]["maxSurge"])
    return int(workload.spec.get("replicas", 1))


@pytest.mark.parametrize("namespace", ["ml-platform", "ml-serving", "ml-training", "ml-monitoring"])
def test_the_arithmetic_behind_quotas_counts_every_pod_of_the_stack(local: Recording, namespace: str) -> None:
    pods = [(most(local, workload), pod) for workload, pod in local.pods() if workload.namespace == namespace]
    volumes = [
        in_bytes(claim["spec"]["resources"]["requests"]["storage"])
        for server in local.of_kind("StatefulSet")
        if server.namespace == namespace
        for claim in server.spec["volumeClaimTemplates"]
    ]
    assert need(most_pods(settings())[namespace]) == Need(
        cpu=sum(count * asked(pod, "cpu") for count, pod in pods),
        memory=sum(count * asked(pod, "memory") for count, pod in pods),
        cpu_limit=sum(count * asked(pod, "cpu", "limits") for count, pod in pods),
        memory_limit=sum(count * asked(pod, "memory", "limits") for count, pod in pods),
        pods=sum(count for count, _ in pods),
        storage=sum(volumes),
    )
