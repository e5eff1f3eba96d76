"""Claims about the pure builders."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.foundation.addresses import DATABASE, STORE, Endpoint
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.quantities import in_bytes, millicores
from infra.foundation.resources import FixedResources
from infra.foundation.workload import Container, server
from tests.support.recording import record
from tests.support.settings import ROOT

RESOURCES = FixedResources("10m", "16Mi", "1", "64Mi")


@given(st.integers(min_value=0, max_value=10**6))
def test_cores_and_millicores_are_the_same_amount(cores: int) -> None:
    assert millicores(str(cores)) == millicores(f"{cores * 1000}m")


@given(st.integers(min_value=0, max_value=10**6))
def test_each_unit_of_memory_is_1024_of_the_one_below(amount: int) -> None:
    assert in_bytes(f"{amount}Gi") == in_bytes(f"{amount * 1024}Mi")
    assert in_bytes(f"{amount}Ti") == in_bytes(f"{amount * 1024}Gi")


def test_a_service_has_a_name_for_every_distance() -> None:
    assert DATABASE.names == (
        "postgres",
        "postgres.ml-platform",
        "postgres.ml-platform.svc",
        "postgres.ml-platform.svc.cluster.local",
    )
    assert STORE.url == "https://store.ml-platform.svc:9000"


@given(st.lists(st.from_regex(r"\A[a-z]{1,20}\Z"), unique=True, max_size=5))
def test_a_pod_carries_a_label_for_everything_it_reaches_and_keeps_its_selector(services: list[str]) -> None:
    app = App("x", "tests", "ml-platform", reaches=tuple(Endpoint(name, "ml-platform", 1) for name in services))
    assert {key for key in app.pod_labels if key.startswith("reach.mlops/")} == {f"reach.mlops/{s}" for s in services}
    assert app.selector.items() <= app.pod_labels.items()
    assert app.selector == {"app.kubernetes.io/name": "x"}


def test_a_server_without_probes_cannot_be_built() -> None:
    container = Container("main", "image:1", RESOURCES)
    with pytest.raises(ValueError, match="container 'main' of 'x' runs for ever: give it probes"):
        server(App("x", "tests", "ml-platform"), [container])


def test_a_component_is_typed_by_its_domain() -> None:
    class Thing(Component, domain="tests"):
        """A component."""

    assert Thing.type_token == "mlops:tests:Thing"


def test_no_component_overwrites_what_the_sdk_keeps_in_a_resource() -> None:
    """`self._protect = …` in a component would protect all its children."""

    class Empty(Component, domain="test"):
        pass

    kept: set[str] = set()
    record(lambda: kept.update(vars(Empty("empty"))))
    # Every component has the same name there.
    kept.discard("_name")

    assigned = {
        (path.name, found)
        for path in (ROOT / "infra").rglob("*.py")
        for found in re.findall(r"self\.(_\w+)(?:: [^=\n]+)? = ", path.read_text())
    }
    assert [(path, name) for path, name in sorted(assigned) if name in kept] == []
