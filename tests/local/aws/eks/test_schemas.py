"""The schemas that kubeconform reads are those of the pinned API server, and strict."""

from __future__ import annotations

from typing import Any

import pytest

from local.aws.eks.schemas import kinds, strict_schema
from tests.local.aws.eks.objects import Object, container, deployment, thing
from tests.support.kubeconform import complaints


def served(**more: Any) -> Object:
    return deployment("served", "ml", **more)


@pytest.mark.engine
def test_a_good_deployment_passes() -> None:
    assert complaints([served(), served(replicas=2)]) == []


@pytest.mark.engine
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (served(nodeselector={}), "additional properties 'nodeselector' not allowed"),
        (served(hostNetwork="yes"), "got string, want boolean"),
        (served(dnsPolicy="clusterFirst"), "value must be one of"),
        (thing("Deployment", "apps/v1", "empty", "ml", {"replicas": 1}), "missing properties 'selector', 'template'"),
        (thing("Deployment", "apps/v1beta1", "old", "ml", {}), "could not find schema for Deployment"),
        (thing("Widget", "v1", "w", "ml", {}), "could not find schema for Widget"),
    ],
    ids=["typo", "type", "value", "missing", "version", "kind"],
)
def test_what_the_server_would_not_take_is_told(wrong: Object, told: str) -> None:
    [complaint] = complaints([served(), wrong])
    assert complaint.startswith(f"{wrong['kind']} {wrong['metadata']['name']}: ")
    assert told in complaint


@pytest.mark.engine
@pytest.mark.parametrize("amount", ["100m", 1, 0.5])
def test_a_quantity_is_text_or_a_number(amount: object) -> None:
    pod = thing("Pod", "v1", "p", "ml", {"containers": [container(resources={"limits": {"cpu": amount}})]})
    assert complaints([pod]) == []


@pytest.mark.engine
def test_a_definition_that_is_itself_a_schema_passes() -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                "type": "object",
                "properties": {"spec": {"type": "object", "additionalProperties": {"type": "string"}}},
            }}}],
        },
    }  # fmt: skip
    assert complaints([definition]) == []


def test_only_where_fields_are_named_no_others_are_let_in() -> None:
    named = {"type": "object", "description": "d", "properties": {"a": {"type": "string", "default": ""}}}
    assert strict_schema(named) == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": False,
    }
    labels = {"type": "object", "additionalProperties": {"type": "string"}}
    assert strict_schema(labels) == labels


def test_fields_that_are_called_like_words_of_the_schema_language_stay_fields() -> None:
    fields = {name: {"type": "string"} for name in ("description", "default", "properties", "type")}
    assert strict_schema({"type": "object", "properties": fields})["properties"] == fields


def test_a_schema_of_every_kind_at_once_has_no_file() -> None:
    one = {"x-kubernetes-group-version-kind": [{"group": "rbac.authorization.k8s.io", "version": "v1", "kind": "Role"}]}
    core = {"x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]}
    every = {"x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "DeleteOptions"}] * 2}
    schemas = {"a.Role": one, "b.Pod": core, "c.DeleteOptions": every, "d.Spec": {}}
    assert list(kinds(schemas)) == [("role-rbac-v1.json", "a.Role"), ("pod-v1.json", "b.Pod")]
