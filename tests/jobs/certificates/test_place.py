from __future__ import annotations

from pathlib import Path

import pytest

from jobs.certificates.place import Place, places
from jobs.errors import ConfigError

MACHINE = {
    "trackingUri": "http://10.0.0.2:30500",
    "storeEndpoint": "https://10.0.0.2:30900",
    "databaseHost": "10.0.0.2:30432",
    "caCertificate": "PEM",
}


def test_of_one_machine_the_store_and_the_database_show_certificates() -> None:
    assert list(places(MACHINE, {})) == [
        Place("store", "10.0.0.2", 30900, "PEM"),
        Place("database", "10.0.0.2", 30432, "PEM", postgres=True),
    ]


def test_on_aws_load_balancers_and_the_database_do() -> None:
    outputs = {"trackingUri": "https://mlflow.example.com", "servingUrl": "https://x:8443/", "databaseHost": "db.rds"}
    assert list(places(outputs, {})) == [
        Place("tracking", "mlflow.example.com", 443),
        Place("serving", "x", 8443),
        Place("database", "db.rds", 5432, postgres=True),
    ]


def test_the_environment_goes_before_the_stack(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("OTHER")
    environment = {
        "MLFLOW_S3_ENDPOINT_URL": "https://store.ml-platform.svc:9000",
        "PGHOST": "postgres.ml-platform.svc",
        "PGSSLROOTCERT": str(tmp_path / "ca.crt"),
    }
    assert list(places(MACHINE, environment)) == [
        Place("store", "store.ml-platform.svc", 9000, "PEM"),
        Place("database", "postgres.ml-platform.svc", 5432, "OTHER", postgres=True),
    ]


@pytest.mark.parametrize(
    "environment", [{"PGHOST": "/tmp"}, {"PGHOST": "127.0.0.1", "PGSSLMODE": "disable"}], ids=["socket", "own pod"]
)
def test_a_database_without_tls_shows_nothing(environment: dict[str, str]) -> None:
    assert list(places({}, environment)) == []


def test_a_missing_file_of_authorities_is_told_with_its_variable() -> None:
    with pytest.raises(ConfigError) as refused:
        list(places(MACHINE, {"AWS_CA_BUNDLE": "/nowhere/ca.crt"}))
    assert refused.value.given == "AWS_CA_BUNDLE=/nowhere/ca.crt"
