"""The plugin under the real engine on a real cluster: what users see of create, change, refresh, import, destroy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local.plugins.kubernetes.cluster import Cluster
from tests.local.plugins.kubernetes.programs import deployment, program
from tests.local.plugins.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.cluster]


def deployment_path(outputs: dict[str, Any]) -> str:
    namespace, name = outputs["web"].split("/")
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def edit(api: Cluster, path: str, spec: dict[str, Any], manager: str) -> None:
    """Somebody else sets fields of an object and thereby owns them."""
    live = api.find(path)
    assert live
    manifest = {key: live[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": live["metadata"]["name"]}}
    api.apply(path, {**manifest, "spec": spec}, manager=manager, force=True)


def test_a_workload_is_up_when_up_returns_and_a_second_up_changes_nothing(
    stack: Stack, image: Callable[[str], str]
) -> None:
    stack.write(deployment(image("pause")))
    outputs = stack.up()
    assert outputs["ready"] == 1
    assert outputs["address"].count(".") == 3
    assert outputs["settings"].startswith("settings-")
    assert outputs["web"].startswith(f"{outputs['namespace']}/web-")
    assert stack.changes() == {}
    assert stack.pulumi("refresh", "--yes").text.count("unchanged") >= 1
    assert stack.changes() == {}


def test_a_changed_config_map_is_replaced_and_rolls_the_deployment(
    stack: Stack, api: Cluster, image: Callable[[str], str]
) -> None:
    stack.write(deployment(image("pause")))
    before = stack.up()
    stack.configure("mode", "b")
    assert stack.changes() == {"replace": 1, "update": 1}
    after = stack.up()
    assert after["settings"] != before["settings"]
    assert api.find(f"/api/v1/namespaces/{after['namespace']}/configmaps/{before['settings']}") is None
    live = api.find(deployment_path(after)) or {}
    source = live["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    assert source == after["settings"]


def test_a_manual_edit_shows_on_refresh_and_names_its_manager_on_up(
    stack: Stack, api: Cluster, image: Callable[[str], str]
) -> None:
    stack.write(deployment(image("pause")))
    path = deployment_path(stack.up())
    edit(api, path, {"replicas": 2}, "night-shift")
    shown = stack.pulumi("refresh", "--yes", "--diff").text
    assert "replicas: 1 => 2" in shown
    refused = stack.pulumi("up", "--yes")
    assert refused.code != 0
    assert "spec.replicas" in refused.text
    assert '"night-shift"' in refused.text
    assert "pulumi.com/patchForce" in refused.text


def test_an_ignored_field_that_another_manager_owns_is_never_reverted(
    stack: Stack, api: Cluster, image: Callable[[str], str]
) -> None:
    stack.write(deployment(image("pause"), extra="ignore_changes=['spec.replicas']"))
    path = deployment_path(stack.up())
    edit(api, path, {"replicas": 2}, "autoscaler")
    stack.configure("mode", "b")
    stack.up()
    live = api.find(path) or {}
    assert live["spec"]["replicas"] == 2
    assert stack.changes() == {}


def test_a_fixed_name_is_deleted_before_its_replacement(stack: Stack, api: Cluster) -> None:
    stack.write(
        program("""
        data = {"k": config.get("v") or "a"}
        k8s.core.v1.ConfigMap("fixed", metadata={"namespace": n, "name": "fixed"}, data=data, opts=o)
    """)
    )
    path = f"/api/v1/namespaces/{stack.up()['namespace']}/configmaps/fixed"
    first = api.find(path) or {}
    stack.configure("v", "b")
    stack.up()
    second = api.find(path) or {}
    assert second["data"] == {"k": "b"}
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


def test_a_secret_reaches_the_cluster_and_never_the_state_in_plain_text(stack: Stack, api: Cluster) -> None:
    stack.configure("password", "correct horse battery", secret=True)
    stack.write(
        program("""
        password = config.require_secret("password")
        k8s.core.v1.Secret("s", metadata={"namespace": n, "name": "s"}, string_data={"password": password}, opts=o)
        k8s.core.v1.ConfigMap("c", metadata={"namespace": n, "name": "c"}, data={"copy": password}, opts=o)
        k8s.core.v1.Secret("plain", metadata={"namespace": n}, string_data={"a": "unmarked by the program"}, opts=o)
    """)
    )
    namespace = stack.up()["namespace"]
    live = api.find(f"/api/v1/namespaces/{namespace}/secrets/s") or {}
    assert live["data"] == {"password": "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"}
    kept = stack.state()
    assert all(
        text not in kept for text in ("correct horse", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "unmarked by the program")
    )
    assert stack.changes() == {}
    stack.pulumi("refresh", "--yes")
    assert "correct horse" not in stack.state()
    assert stack.changes() == {}


def test_a_field_kubernetes_cannot_change_replaces_the_object(stack: Stack, image: Callable[[str], str]) -> None:
    text = deployment(image("pause"))
    stack.write(text)
    before = stack.up()
    stack.write(text.replace('"app": "web"', '"app": "site"'))
    assert stack.changes() == {"replace": 1, "update": 1}
    after = stack.up()
    assert (after["web"] == before["web"], after["ready"]) == (False, 1)


def test_an_existing_object_is_imported_by_its_id(stack: Stack, api: Cluster) -> None:
    namespace = stack_namespace(stack)
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old"}, "data": {"k": "v"}}
    api.apply(f"/api/v1/namespaces/{namespace}/configmaps/old", manifest, manager="kubectl", force=True)
    stack.write(
        program(f"""
        k8s.core.v1.ConfigMap("old", metadata={{"name": "old", "namespace": {namespace!r}}}, data={{"k": "v"}},
            opts=pulumi.ResourceOptions.merge(o, pulumi.ResourceOptions(import_="{namespace}/old")))
    """)
    )
    assert stack.changes() == {"import": 1}
    stack.up()
    assert stack.changes() == {}


def stack_namespace(stack: Stack) -> str:
    stack.write(program(""))
    return str(stack.up()["namespace"])


def test_a_custom_resource_follows_its_definition_in_one_run(stack: Stack, api: Cluster) -> None:
    stack.write(
        program("""
        versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
            "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]
        name = {"name": "things.trial.mlops.test"}
        crd = k8s.apiextensions.v1.CustomResourceDefinition("things", metadata=name, spec={
            "group": "trial.mlops.test", "scope": "Namespaced", "versions": versions,
            "names": {"kind": "Thing", "plural": "things", "singular": "thing"}}, opts=o)
        thing = k8s.apiextensions.CustomResource("one", api_version="trial.mlops.test/v1", kind="Thing",
            metadata={"namespace": n}, spec={"size": 3}, opts=pulumi.ResourceOptions.merge(
                o, pulumi.ResourceOptions(depends_on=[crd])))
        pulumi.export("thing", thing.id)
    """)
    )
    namespace, name = stack.up()["thing"].split("/")
    live = api.find(f"/apis/trial.mlops.test/v1/namespaces/{namespace}/things/{name}") or {}
    assert live["spec"] == {"size": 3}
    assert stack.changes() == {}


def test_many_objects_are_made_side_by_side(stack: Stack, api: Cluster) -> None:
    stack.write(
        program("""
        for number in range(40):
            k8s.core.v1.ConfigMap(f"c{number}", metadata={"namespace": n}, data={"number": str(number)}, opts=o)
    """)
    )
    namespace = stack.up()["namespace"]
    made = [item for item in api.items(f"/api/v1/namespaces/{namespace}/configmaps") if "number" in item["data"]]
    assert sorted(int(item["data"]["number"]) for item in made) == list(range(40))


def test_destroy_leaves_nothing_behind(stack: Stack, api: Cluster, image: Callable[[str], str]) -> None:
    stack.write(deployment(image("pause")))
    namespace = stack.up()["namespace"]
    assert stack.pulumi("destroy", "--yes").code == 0
    assert api.find(f"/api/v1/namespaces/{namespace}") is None


def test_a_failed_job_keeps_its_reason_and_is_replaced_if_it_asks_for_it(
    stack: Stack, image: Callable[[str], str]
) -> None:
    stack.write(
        program(f"""
        main = {{**container({image("coredns")!r}), "args": config.require_object("args")}}
        job = k8s.batch.v1.Job("once", metadata={{
            "namespace": n, "name": "once", "annotations": {{"pulumi.com/replaceUnready": "true"}}}},
            spec={{"backoffLimit": 0, "template": {{"spec": {{"restartPolicy": "Never", "containers": [main]}}}}}},
            opts=o)
        pulumi.export("succeeded", job.status.succeeded)
    """)
    )
    stack.configure("args", '["-conf", "/nowhere"]')
    failed = stack.pulumi("up", "--yes", "--skip-preview")
    assert failed.code != 0
    assert "open /nowhere: no such file" in failed.text
    assert stack.changes() == {"replace": 1}
    stack.configure("args", '["-version"]')
    assert stack.up()["succeeded"] == 1


def test_a_resource_the_plugin_does_not_serve_is_refused_with_what_to_do(stack: Stack) -> None:
    stack.write(
        program("""
        k8s.core.v1.ConfigMapPatch("p", metadata={"namespace": n, "name": "a"}, data={"k": "v"}, opts=o)
    """)
    )
    refused = stack.pulumi("preview")
    assert refused.code != 0
    assert "Declare the whole ConfigMap" in refused.text


def test_an_unreachable_cluster_is_named_with_its_context(project: Stack) -> None:
    kubeconfig = project.folder / "nowhere"
    cluster = '{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}'
    context = '{"name": "trial-context", "context": {"cluster": "c"}}'
    kubeconfig.write_text(f'{{"current-context": "trial-context", "clusters": [{cluster}], "contexts": [{context}]}}')
    project.configure("kubeconfig", str(kubeconfig))
    project.write(program(""))
    previewed = project.pulumi("preview")
    assert (previewed.code, previewed.text.count("cannot be reached")) == (0, 2)
    failed = project.pulumi("up", "--yes", "--skip-preview")
    assert failed.code != 0
    assert "https://127.0.0.1:1 (context 'trial-context') cannot be reached" in failed.text
