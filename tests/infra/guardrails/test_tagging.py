"""The rule about tags knows which of our resources AWS lets have tags."""

import inspect
from importlib import import_module
from keyword import iskeyword

import pytest

from infra.guardrails.rules.tagging import TAGGABLE
from tests.infra.guardrails.objects import aws

USED = {it.type for it in aws() if it.type.startswith("aws:")}


@pytest.mark.parametrize("token", sorted(TAGGABLE | USED))
def test_a_type_is_taggable_exactly_if_the_sdk_says_so(token: str) -> None:
    _, place, name = token.split(":")
    module = place.split("/")[0]
    resource = getattr(import_module(f"pulumi_aws.{module}_" if iskeyword(module) else f"pulumi_aws.{module}"), name)

    assert ("tags" in inspect.signature(resource._internal_init).parameters) == (token in TAGGABLE)
