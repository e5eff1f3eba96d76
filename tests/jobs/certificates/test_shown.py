"""What real servers show, and how it is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.certificates.judge import LEAST, judge, judged
from jobs.certificates.place import Place
from jobs.certificates.shown import shown
from local.cluster.pki import Authority
from tests.jobs.certificates.conftest import Servers
from tests.jobs.support import free_port


def now() -> datetime:
    return datetime.now(UTC)


def said(place: Place) -> list[str]:
    return [problem.says for problem in judge(shown(place), now(), LEAST).problems]


def test_the_database_and_the_store_show_what_they_were_given(servers: Servers) -> None:
    found = {one.name: one for one in judged({}, servers.environment, now())}
    assert sorted(found) == ["authority", "database", "store"]
    assert [one.problems for one in found.values()] == [()] * 3
    database, store = found["database"].certificate, found["store"].certificate
    assert database
    assert store
    assert (database.subject, database.issuer, database.names) == ("postgres", "mlops-platform", ("127.0.0.1",))
    assert (store.subject, store.issuer) == ("store", "test")


def test_the_authorities_that_clients_read_are_shown_each_once(servers: Servers) -> None:
    found = [one.address for one in judged({}, servers.environment, now()) if one.name == "authority"]
    assert sorted(found) == ["mlops-platform", "test"]


def test_a_server_whose_signer_clients_do_not_trust_is_told_with_its_signer(servers: Servers) -> None:
    stranger = Authority.create("stranger").pair.certificate.decode()
    [problem] = said(Place("database", "127.0.0.1", servers.database, stranger, postgres=True))
    assert problem.startswith("it is signed by 'mlops-platform', whom its clients do not trust")


def test_a_server_that_is_called_by_another_name_is_told_with_its_names(servers: Servers) -> None:
    [problem] = said(Place("database", "localhost", servers.database, servers.authority, postgres=True))
    assert problem == "it is for 127.0.0.1, and not for localhost, where clients call it"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (LEAST + timedelta(minutes=1), ""),
        (LEAST - timedelta(minutes=1), "in 20 days"),
        (timedelta(minutes=-1), "it ended"),
    ],
)
def test_a_certificate_is_judged_by_the_clock_that_is_given(servers: Servers, left: timedelta, words: str) -> None:
    found = shown(Place("store", "127.0.0.1", servers.store, servers.authority))
    assert found.certificate
    problems = judge(found, found.certificate.ends - left, LEAST).problems
    assert [words in problem.says for problem in problems] == ([True] if words else [])


def test_one_that_does_not_begin_yet_is_told(servers: Servers) -> None:
    found = shown(Place("store", "127.0.0.1", servers.store, servers.authority))
    assert found.certificate
    [problem] = judge(found, found.certificate.begins - timedelta(minutes=1), LEAST).problems
    assert "a clock is wrong" in problem.says


def test_a_server_that_is_down_shows_nothing() -> None:
    [problem] = said(Place("store", "127.0.0.1", free_port()))
    assert problem.startswith("it shows no certificate: ")
    assert "refused" in problem


def test_a_store_is_not_asked_the_way_of_postgresql(servers: Servers) -> None:
    assert "it shows no certificate" in said(Place("x", "127.0.0.1", servers.store, postgres=True))[0]
