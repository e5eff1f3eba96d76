"""Every type's words against the SDK, and the two tables against the types."""

from __future__ import annotations

import pytest

from local.plugins.aws.kind import Kind
from local.plugins.aws.recorded import Recorded
from local.plugins.aws.registry import UnsupportedType, kind_of, kinds_of, service_names
from local.plugins.aws.unsupported import OPERATIONS, TYPES

KINDS = [kind for service in service_names() for kind in kinds_of(service).values()]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.token))


def heads(places: frozenset[str]) -> set[str]:
    return {place.replace("[", ".").split(".")[0] for place in places}


@every_kind
def test_what_a_type_carries_is_in_the_sdk_and_covers_what_the_sdk_requires(kind: Kind) -> None:
    assert kind.carries <= kind.inputs.shapes.keys()
    assert kind.inputs.required <= kind.carries


@every_kind
def test_a_type_names_only_properties_that_it_carries(kind: Kind) -> None:
    named = heads(kind.fixed) | kind.write_only | kind.unordered | ({kind.naming.input} if kind.naming else set())
    assert named <= kind.all_carried
    assert kind.volatile <= kind.outputs
    assert kind.secret <= kind.outputs


@every_kind
def test_what_can_change_has_an_update_and_what_has_tags_can_change_them(kind: Kind) -> None:
    changeable = kind.carries - kind.fixed - {"tags"}
    assert not changeable or type(kind).update is not Kind.update, sorted(changeable)
    assert not kind.has_tags or kind.tagging or isinstance(kind, Recorded)


@every_kind
def test_a_type_is_found_by_its_token(kind: Kind) -> None:
    assert kind_of(kind.token) is kind


def test_the_table_of_what_no_emulator_has_names_exactly_the_recorded_types() -> None:
    assert TYPES.keys() == {kind.token for kind in KINDS if isinstance(kind, Recorded)}
    assert {token for token, _operation in OPERATIONS} <= {kind.token for kind in KINDS}


def test_an_unknown_service_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        UnsupportedType, match=r"aws:athena/workgroup:Workgroup is not carried .* services: .*cloudwatch"
    ):
        kind_of("aws:athena/workgroup:Workgroup")
