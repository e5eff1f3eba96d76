"""The pack runs as the engine runs it: a program of its own, in its own folder, that offers every rule."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no stubs
import pytest
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # ships no stubs
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]  # ships no stubs
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from infra.guardrails.rules import RULES, STACK_RULES

PACK = Path(__file__).parents[3] / "infra" / "guardrails"


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Any]:
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    line = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(line, cwd=PACK, env=alone, stdout=subprocess.PIPE, text=True) as pack:
        assert pack.stdout
        port = pack.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
        pack.terminate()


def test_it_offers_every_rule_and_each_is_mandatory(analyzer: Any) -> None:
    offered = {policy.name: policy.enforcementLevel for policy in analyzer.GetAnalyzerInfo(Empty()).policies}

    assert set(offered) == {rule.name for rule in RULES} | {rule.name for rule in STACK_RULES}
    assert set(offered.values()) == {analyzer_pb2.MANDATORY}


def test_it_refuses_a_config_map_with_a_password(analyzer: Any) -> None:
    properties = Struct()
    properties.update({"metadata": {"name": "c"}, "data": {"password": "x"}})
    request = analyzer_pb2.AnalyzeRequest(
        type="kubernetes:core/v1:ConfigMap",
        name="c",
        urn="urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::c",
        properties=properties,
        options=analyzer_pb2.AnalyzerResourceOptions(),
    )

    found = analyzer.Analyze(request).diagnostics

    assert [one.policyName for one in found] == ["config-maps-hold-no-secrets"]
