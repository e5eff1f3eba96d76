"""The gateway is the one way in, keeps its keys to itself, and leaves the traffic to the rollout."""

import json
from typing import Any

from infra.foundation.apps import COLOURS
from tests.support.look import at, only
from tests.support.recording import Recorded, opened
from tests.support.stack import stack

STACK = stack()
DEPLOYMENT = only(STACK, "Deployment", "gateway")
POD: dict[str, Any] = at(DEPLOYMENT, "spec", "template", "spec")
CONTAINER: dict[str, Any] = POD["containers"][0]


def named(kind: str, name: str) -> Recorded:
    return STACK.one(kind, name)


def config() -> dict[str, Any]:
    """What Envoy starts with."""
    found: dict[str, Any] = json.loads(named("ConfigMap", "gateway-config").inputs["data"]["envoy.json"])
    return found


def test_clients_outside_reach_the_gateway_and_no_model_server() -> None:
    service = at(only(STACK, "Service", "gateway"), "spec")
    labels = at(DEPLOYMENT, "spec", "template", "metadata", "labels")

    assert service["selector"].items() <= labels.items()
    assert [(port["port"], port["nodePort"], port["targetPort"]) for port in service["ports"]] == [
        (8080, 30800, "http")
    ]
    assert not [
        one.name for one in STACK.of_kind("Service") if "model-server" in one.name and "nodePort" in str(one.spec)
    ]


def test_its_servers_are_the_names_of_the_colours() -> None:
    clusters = {one["name"]: one for one in config()["static_resources"]["clusters"]}
    services = {one.object_name for one in STACK.of_kind("Service") if one.namespace == "ml-serving"}

    for colour in COLOURS:
        (group,) = clusters[colour]["load_assignment"]["endpoints"]
        (endpoint,) = group["lb_endpoints"]
        told = endpoint["endpoint"]["address"]["socket_address"]
        service, namespace, *rest = told["address"].split(".")
        assert service in services
        assert (namespace, rest, told["port_value"]) == ("ml-serving", ["svc", "cluster", "local"], 8080)


def test_the_traffic_is_made_once_and_then_left_to_the_rollout() -> None:
    traffic = only(STACK, "ConfigMap", "traffic")

    assert traffic.ignored == ("data",)
    assert traffic.namespace == "ml-serving"
    assert traffic.inputs["data"] == {
        "routing.split.blue": "100",
        "routing.split.green": "0",
        "routing.mirror.blue": "0",
        "routing.mirror.green": "0",
    }


def test_the_traffic_is_a_whole_volume_because_a_file_of_one_is_never_renewed() -> None:
    (mount,) = (one for one in CONTAINER["volumeMounts"] if one["name"] == "traffic")
    (volume,) = (one for one in POD["volumes"] if one["name"] == "traffic")
    (layer,) = config()["layered_runtime"]["layers"]

    assert "subPath" not in mount
    assert volume["configMap"]["name"] == "traffic"
    assert "items" not in volume["configMap"]
    assert layer["disk_layer"]["symlink_root"] == f"{mount['mountPath']}/..data"


def test_the_keys_stand_in_a_secret_and_nowhere_else() -> None:
    secret = named("Secret", "gateway-keys")
    told = json.loads(opened(secret.inputs["stringData"])["keys.json"])

    (resource,) = told["resources"]
    assert {one["client"]: one["key"] for one in resource["typed_config"]["credentials"]} == {
        "default": "hidden-key-of-default",
        "shop": "hidden-key-of-shop",
    }
    for one in STACK.resources:
        if one is not secret:
            assert "hidden-key-of-" not in str(one.inputs), one.name


def test_new_keys_roll_the_gateway() -> None:
    (volume,) = (one for one in POD["volumes"] if one["name"] == "keys")

    assert named("Secret", "gateway-keys").object_name is None
    assert named("Secret", "gateway-keys").urn in DEPLOYMENT.dependencies
    assert volume["secret"]["secretName"].startswith("gateway-keys")


def test_envoy_s_own_interface_is_on_loopback() -> None:
    assert config()["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"
    assert 9901 not in [port["containerPort"] for port in CONTAINER["ports"]]


def test_what_is_shown_of_it_is_for_prometheus_and_not_for_clients() -> None:
    policy = only(STACK, "NetworkPolicy", "gateway").spec
    public, shown = policy["ingress"]

    assert ([port["port"] for port in public["ports"]], "from" in public) == ([8080], False)
    assert [port["port"] for port in shown["ports"]] == [9902]
    assert [set(peer) for peer in shown["from"]] == [{"namespaceSelector", "podSelector"}]


def test_it_may_reach_the_model_servers_and_nothing_else() -> None:
    (rule,) = only(STACK, "NetworkPolicy", "gateway").spec["egress"]

    assert [peer["podSelector"]["matchLabels"] for peer in rule["to"]] == [{"app.kubernetes.io/name": "model-server"}]


def test_a_second_process_with_shared_memory_is_never_started() -> None:
    assert "--disable-hot-restart" in CONTAINER["command"]


def test_a_stopping_gateway_has_time_to_answer_what_it_took() -> None:
    script = CONTAINER["lifecycle"]["preStop"]["exec"]["command"][-1]
    waits = int(script.rpartition("sleep ")[2])

    assert "/drain_listeners?graceful&skip_exit" in script
    # 5 s until everybody knows that it goes, and the 10 s that a request may take to arrive and again to be answered.
    assert waits == 25
    assert f"--drain-time-s {waits} " in " ".join(CONTAINER["command"])
    assert POD["terminationGracePeriodSeconds"] > waits


def test_it_refuses_before_the_kernel_ends_it() -> None:
    (heap,) = (
        one["typed_config"]["max_heap_size_bytes"]
        for one in config()["overload_manager"]["resource_monitors"]
        if one["name"] == "envoy.resource_monitors.fixed_heap"
    )

    assert CONTAINER["resources"]["limits"]["memory"] == "192Mi"
    assert heap == 144 * 2**20


def test_both_refuse_the_same_bodies() -> None:
    server = at(only(STACK, "Deployment", "model-server-blue"), "spec", "template", "spec")["containers"][0]
    (limit,) = (one["value"] for one in server["env"] if one["name"] == "MLOPS_MAX_BODY_BYTES")

    assert f'"start": {int(limit) + 1},' in json.dumps(config())


def test_what_had_the_node_port_before_is_replaced_and_not_kept_beside_it() -> None:
    # Else the new Service would ask for a node port that the old one still holds.
    assert named("Service", "gateway-service").aliases == (
        ("urn:pulumi:local::mlops::mlops:serving:ModelServer::model-server", "model-server-service"),
    )


def test_on_aws_the_cluster_s_api_reaches_the_pages_that_a_rollout_reads_and_not_the_clients_port() -> None:
    aws = stack("dev")

    def ranges(name: str, port: int) -> set[str]:
        return {
            peer["ipBlock"]["cidr"]
            for rule in only(aws, "NetworkPolicy", name).spec["ingress"]
            if port in [each["port"] for each in rule["ports"]]
            for peer in rule.get("from", ())
            if "ipBlock" in peer
        }

    assert ranges("gateway", 9902) == ranges("model-server", 8080) != set()
    assert ranges("gateway", 8080) == set()
