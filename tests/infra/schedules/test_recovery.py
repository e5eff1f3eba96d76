"""Claims about the Job that makes a set of a time between two sets."""

from __future__ import annotations

from infra.foundation import scratch
from tests.support.recording import Recording


def test_its_server_waits_for_the_files_and_no_start_waits_for_it(local: Recording) -> None:
    pod = local.one("PodTemplate", "recovery-template").inputs["template"]["spec"]
    (server,) = pod["initContainers"]
    assert server["restartPolicy"] == "Always"
    assert server["startupProbe"]["exec"]["command"][-1].startswith(f"[ ! -e {scratch.FOLDER}/ready ] ||")
    assert f"{scratch.FOLDER}/ready" in server["command"][-1]
    environment = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    assert environment["MLOPS_RECOVERY_FOLDER"] == scratch.FOLDER
    assert environment["PGHOST"] == "127.0.0.1"


def test_it_reaches_no_database_of_the_platform(local: Recording) -> None:
    labels = local.one("PodTemplate", "recovery-template").inputs["template"]["metadata"]["labels"]
    assert {name for name in labels if name.startswith("reach.mlops/")} == {"reach.mlops/store"}


def test_it_may_write_sets_and_remove_none(local: Recording) -> None:
    access = local.one("Secret", "recovery-access").inputs["stringData"].value
    assert access["AWS_ACCESS_KEY_ID"] == "backup"
