from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.errors import ConfigError
from jobs.places import audit_trail, bucket


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    outputs = {"trackingUri": "http://10.0.0.2:30500", "bucketNames": {"audit": "our-audit"}}
    (folder / "outputs.json").write_text(json.dumps(outputs))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))


def test_without_an_instance_a_bucket_has_its_default_name_and_the_audit_trail_no_place() -> None:
    assert bucket("inference_logs") == "inference-logs"
    with pytest.raises(ConfigError, match="no change goes without its entry"):
        audit_trail()


@pytest.mark.usefixtures("instance")
def test_the_instance_names_its_buckets_and_its_audit_trail() -> None:
    assert (bucket("audit"), audit_trail()) == ("our-audit", "s3://our-audit")


@pytest.mark.usefixtures("instance")
def test_what_is_given_comes_before_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_AUDIT_BUCKET", "mine")
    assert audit_trail() == "s3://mine"
    monkeypatch.setenv("MLOPS_AUDIT", "/var/audit")
    assert audit_trail() == "/var/audit"


@pytest.mark.usefixtures("instance")
def test_the_instance_is_not_asked_while_another_tracking_server_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere:5000")
    assert bucket("audit") == "audit"
    with pytest.raises(ConfigError):
        audit_trail()
