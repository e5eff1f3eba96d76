import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.plugins.kubernetes.naming import InvalidName, is_autonamed, make_name, object_id, split_id, with_name

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,70}[a-z0-9])?", fullmatch=True)


@given(NAMES, st.binary(min_size=1))
def test_a_made_name_is_the_resources_name_with_eight_hex_digits_and_fits_a_dns_label(name: str, seed: bytes) -> None:
    made = make_name(name, seed)
    assert re.fullmatch(r"[a-z0-9][-a-z0-9]*-[0-9a-f]{8}", made)
    assert len(made) <= 63
    assert made == make_name(name, seed)


@given(NAMES, st.binary(), st.binary())
def test_a_made_name_stays_across_updates(name: str, first: bytes, second: bytes) -> None:
    created = with_name({"data": {}}, {}, name, first)
    assert with_name({"data": {"a": "b"}}, created, name, second)["metadata"]["name"] == created["metadata"]["name"]


def test_a_replacement_gets_a_new_name() -> None:
    first, second = (with_name({}, {}, "settings", b"")["metadata"]["name"] for _time in range(2))
    assert first != second


def test_the_programs_own_name_is_kept_and_not_marked() -> None:
    named = {"metadata": {"name": "mine"}}
    assert with_name(named, {}, "other", b"seed") == named
    assert not is_autonamed(named)


def test_a_name_given_before_is_not_adopted_once_the_program_drops_it() -> None:
    renamed = with_name({}, {"metadata": {"name": "mine"}}, "settings", b"seed")
    assert renamed["metadata"]["name"].startswith("settings-")


def test_a_resource_name_that_is_no_object_name_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(InvalidName, match="lower-case"):
        make_name("My_Config", b"seed")


@given(st.sampled_from(["", "team"]), NAMES)
def test_an_id_holds_namespace_and_name(namespace: str, name: str) -> None:
    assert split_id(object_id({"namespace": namespace, "name": name})) == (namespace, name)
