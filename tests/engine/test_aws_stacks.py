"""dev and prod through the real engine: every step a user takes, on emulated AWS and a real control plane."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.review.cost import bill
from infra.review.events import read
from infra.review.prices import prices
from infra.review.report import render
from local.aws.driven import Driven
from local.aws.trial import stacks, trial
from local.cache import cache_root
from local.errors import LocalError
from local.progress import Progress
from tests.engine.leftovers import left
from tests.engine.loss import Loss
from tests.support.host import HostState

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=stacks())
def driven(request: pytest.FixtureRequest) -> Iterator[Driven]:
    before = HostState.look()
    with trial(cache_root(), request.param, Progress(), cluster=True) as running:
        yield Driven(running)
    assert HostState.look().differences(before) == []


def report(driven: Driven) -> str:
    preview = read(driven.preview())
    return render(preview, driven.trial.engine.stack, bill(preview, prices()), limit=None)


INSTANCE = "aws:rds/instance:Instance"


def only(driven: Driven, kind: str) -> dict[str, Any]:
    """The one resource of this type."""
    (found,) = [one for one in driven.resources() if one["type"] == kind]
    return found


class TestLife:
    """In this order: each step stands on the one before it."""

    def test_a_stack_that_does_not_exist_is_previewed_as_all_new(self, driven: Driven) -> None:
        text = report(driven)

        assert "The stack does not exist yet: everything is new." in text
        assert "FAILED" not in text

    def test_up_makes_everything_and_breaks_no_rule(self, driven: Driven) -> None:
        counted = driven.up()

        assert "created" in counted
        assert driven.outputs()["clusterName"] == f"mlops-{driven.trial.engine.stack}-cluster"

    def test_up_again_changes_nothing_and_a_refresh_sees_nothing_changed(self, driven: Driven) -> None:
        assert re.fullmatch(r"\d+ unchanged", driven.up())
        assert re.fullmatch(r"\d+ unchanged", driven.refresh())

    def test_a_replace_of_what_holds_data_is_called_out_in_capitals(self, driven: Driven) -> None:
        config = driven.trial.engine.config_file
        committed = config.read_text()
        config.write_text(committed.replace("-features", "-features-renamed"))
        text = report(driven)
        config.write_text(committed)

        protected = any(resource.get("protect") for resource in driven.resources())
        assert "STATEFUL REPLACES AND DELETES" in text
        assert "REPLACE" in text
        assert "-features-renamed" in text
        # What is kept is not only called out: the engine refuses it.
        assert ("FAILED" in text) is protected

    def test_a_refresh_sees_what_somebody_changed_and_up_mends_it(self, driven: Driven) -> None:
        bucket = driven.outputs()["artifactBucket"]
        s3 = driven.trial.client("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})

        assert "updated" in driven.refresh()
        assert "updated" in driven.up()
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"

    def test_a_database_as_it_was_takes_its_place(self, driven: Driven) -> None:
        before = only(driven, INSTANCE)
        source = before["outputs"]["identifier"]
        driven.change("database", {"restore": {"source": source, "time": "latest"}})
        if kept := bool(before.get("protect")):
            with pytest.raises(LocalError):
                driven.up()
            assert any("marked for protection" in line for line in driven.told)
            driven.trial.engine.run("state", "unprotect", before["urn"], "--yes")
        driven.up()

        after = only(driven, INSTANCE)
        assert after["outputs"]["identifier"] != source
        assert bool(after.get("protect")) is kept
        assert re.fullmatch(r"\d+ unchanged", driven.up())
        # What is kept stays beside it until somebody removes it.
        rds = driven.trial.client("rds")
        there = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
        assert (source in there) is kept
        if kept:
            rds.modify_db_instance(DBInstanceIdentifier=source, DeletionProtection=False)
            rds.delete_db_instance(DBInstanceIdentifier=source, SkipFinalSnapshot=True)

    def test_destroy_leaves_nothing_and_up_makes_all_of_it_again_with_the_data_of_a_set(
        self, driven: Driven, tmp_path: Path
    ) -> None:
        loss = None
        if any(resource.get("protect") for resource in driven.resources()):
            before = driven.resources()
            with pytest.raises(LocalError):
                driven.destroy()
            assert driven.resources() == before
            assert any("protected" in line for line in driven.told)
            driven.change("durability", "disposable")
            driven.up()
            assert [line for line in driven.told if "replac" in line and " aws:" in line] == []
        else:
            loss = Loss(driven, tmp_path)
            loss.keep()
        driven.destroy()
        assert driven.resources() == []
        assert left(driven.trial) == []

        # What the database was restored from is gone, too.
        driven.change("database", {"restore": None})
        assert "created" in driven.up()
        if loss:
            assert "3 tables, 60 objects compared, 0 differ" in loss.bring_back()
        driven.destroy()
