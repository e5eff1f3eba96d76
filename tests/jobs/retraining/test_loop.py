"""The loop, closed: shifted rows, drift, one Job, a challenger, its promotion, and quiet; the cluster is in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cluster import run
from jobs.store import list_objects, write_object
from tests.jobs.cluster.fake import FakeApi
from tests.jobs.retraining.recipe import MODEL, Customers, rows
from tests.jobs.support import Outcome, mlops

CURRENT = "s3://features/current/2026-11-2{day}.csv"
JOB = f"retrain-{MODEL}-0001"


def drift(day: int) -> Outcome:
    """A check of the customers of a day, without what became of them."""
    frame = rows(4500 + 100 * day, turned=True).drop(columns="churn")
    write_object(CURRENT.format(day=day), frame.to_csv(index=False).encode())
    return mlops("drift", "check", "--model", MODEL, "--json")


@pytest.mark.usefixtures("tracking", "store")
def test_drift_ends_in_a_promoted_challenger_and_no_more_drift(
    first_version: Customers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cluster = FakeApi()
    monkeypatch.setattr(run, "Api", lambda _: cluster)
    config = tmp_path / "monitoring.yaml"
    config.write_text(f"kind: monitoring\nmodel: {MODEL}\nretraining: {{cooldown: {{p0: 0, p1: 0, p2: 0, p3: 0}}}}\n")
    assert mlops("models", "promote", MODEL, "--version", "1", "--force", "--reason", "the test's start").code == 0

    quiet = mlops("retrain", "check", str(config), "--json").json["models"]
    assert [one["kind"] for one in quiet] == ["idle"]
    for day in range(5):
        found = drift(day)
        assert (found.code, found.json["drifted"], found.json["version"]) == (0, True, "1"), found.err
        again = mlops("drift", "check", "--model", MODEL, "--json")
        assert again.json["request"] == found.json["request"]
    assert len(list_objects("s3://features/retraining/requests/")) == 5

    first_version.append(1500, turned=True)
    looks = [mlops("retrain", "check", str(config), "--json").json["models"][0] for _ in range(3)]
    assert [(one["started"], one["requests"]) for one in looks] == [(True, 5), (False, 0), (False, 0)]
    assert list(cluster.made) == [JOB]

    (container,) = cluster.made[JOB]["spec"]["template"]["spec"]["containers"]
    did = mlops(*container["command"][1:], "--json")
    assert (did.code, did.json["result"]) == (0, "promoted"), did.err
    cluster.ends(JOB)
    champion = mlops("models", "show", MODEL, "@champion", "--json").json["version"]
    assert champion == did.json["version"] != "1"

    after = mlops("retrain", "check", str(config), "--json").json["models"][0]
    assert (after["kind"], after["settled"]) == ("idle", [])
    calm = mlops("drift", "check", "--model", MODEL, "--json")
    assert (calm.json["drifted"], calm.json["request"], calm.json["version"]) == (False, None, champion)
    told = [one["action"] for one in mlops("audit", "list", "--json").json]
    assert told[-2:] == ["alias.moved", "retraining.promoted"]
    assert "retraining.started" in told
    assert mlops("audit", "verify", "--registry").code == 0
