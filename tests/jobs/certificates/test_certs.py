"""`mlops certs`."""

from __future__ import annotations

import pytest

from jobs.certificates.judge import LEAST
from jobs.commands.certs import DAYS
from tests.jobs.certificates.conftest import Servers
from tests.jobs.support import example, free_port, mlops


@pytest.fixture
def _of_servers(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in servers.environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_of_servers")
def test_good_certificates_are_a_table_and_exit_code_0(servers: Servers) -> None:
    done = example("certs")
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert f"127.0.0.1:{servers.database}" in rows["database"]
    assert f"127.0.0.1:{servers.store}" in rows["store"]
    assert done.out.endswith("4 certificates, 0 bad\n")


@pytest.mark.usefixtures("_of_servers")
def test_one_that_ends_within_the_days_asked_for_is_exit_code_1_with_what_to_do() -> None:
    done = mlops("certs", "--days", "4000")
    assert done.code == 1
    assert "database: it ends " in done.out
    assert "change:  `make up` renews it" in done.out
    assert done.out.endswith("4 certificates, 4 bad\n")


@pytest.mark.usefixtures("_of_servers")
def test_json_has_every_field_and_says_whether_all_is_well() -> None:
    done = mlops("certs", "--json")
    assert done.json["ok"] is True
    [database] = [one for one in done.json["certificates"] if one["name"] == "database"]
    assert set(database) == {"name", "address", "subject", "issuer", "names", "begins", "ends", "days", "problems"}
    assert (database["names"], database["problems"]) == (["127.0.0.1"], [])


@pytest.mark.usefixtures("_of_servers")
def test_a_server_that_is_down_is_bad_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", str(free_port()))
    done = mlops("certs", "--json")
    assert (done.code, done.json["ok"]) == (1, False)
    bad = {one["name"]: bool(one["problems"]) for one in done.json["certificates"]}
    assert bad == {"store": False, "database": True, "authority": False}


def test_without_a_platform_it_is_a_mistake_of_configuration() -> None:
    done = mlops("certs")
    assert done.code == 2
    assert "PGHOST" in done.err


def test_the_command_and_the_check_have_one_limit() -> None:
    assert LEAST.days == DAYS
