"""The pack runs as the engine runs it: a program of its own, in its own folder, that offers every rule."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no stubs
import pytest
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # ships no stubs
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]  # ships no stubs
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.deserialize import serialize_properties

from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules.rule import Object
from tests.infra.guardrails.broken import Broken, broken
from tests.infra.guardrails.broken_aws import broken_aws
from tests.infra.guardrails.broken_stacks import BrokenStack, broken_stacks
from tests.infra.guardrails.objects import STACKS, objects

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


@pytest.mark.parametrize("case", [*broken(), *broken_aws()], ids=lambda case: f"{case.rule}: {case.what}")
def test_it_refuses_what_breaks_a_rule(analyzer: Any, case: Broken) -> None:
    it = case.object
    request = analyzer_pb2.AnalyzeRequest(
        type=it.type, name=it.name, urn=it.urn or "urn:x", properties=_struct(it), options=_options(it)
    )

    found = analyzer.Analyze(request).diagnostics

    assert {one.policyName for one in found} == {case.rule}
    assert case.word in "".join(one.message for one in found)


@pytest.mark.parametrize("case", list(broken_stacks()), ids=lambda case: f"{case.rule}: {case.what}")
def test_it_refuses_a_stack_that_breaks_a_rule(analyzer: Any, case: BrokenStack) -> None:
    types = {it.urn: it.type for it in case.stack}

    found = analyzer.AnalyzeStack(_stack(case.stack)).diagnostics

    assert {(one.policyName, types[one.urn]) for one in found} == {(case.rule, case.about)}


@pytest.mark.parametrize("name", STACKS)
def test_it_accepts_our_stacks(analyzer: Any, name: str) -> None:
    assert list(analyzer.AnalyzeStack(_stack(objects(name))).diagnostics) == []


def _struct(it: Object) -> Struct:
    properties = Struct()
    properties.update(serialize_properties(it.props))
    return properties


def _options(it: Object) -> Any:
    return analyzer_pb2.AnalyzerResourceOptions(protect=it.protect)


def _stack(stack: Sequence[Object]) -> Any:
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=it.type,
                name=it.name,
                urn=it.urn,
                properties=_struct(it),
                options=_options(it),
                propertyDependencies={
                    name: analyzer_pb2.AnalyzerPropertyDependencies(urns=sorted(urns))
                    for name, urns in it.references.items()
                },
            )
            for it in stack
        ]
    )
