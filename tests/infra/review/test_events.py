"""What is read from recordings of the real engine."""

from __future__ import annotations

import json

import pytest

from infra.review.events import UnreadablePreviewError, read
from infra.review.step import Action, Change, Preview
from infra.review.values import HIDDEN
from tests.infra.review.samples import RECORDED, recorded


@pytest.fixture(scope="module")
def changed() -> Preview:
    return recorded("changed.jsonl")


def named(preview: Preview, action: Action) -> list[tuple[str, str]]:
    return [(step.urn.short_type, step.urn.name) for step in preview.resources if step.action is action]


def test_a_replace_is_one_step_although_the_engine_says_it_in_three(changed: Preview) -> None:
    assert named(changed, Action.REPLACE) == [
        ("aws:rds:Instance", "database"),
        ("kubernetes:apps/v1:StatefulSet", "tracking"),
        ("kubernetes:core/v1:Secret", "tracking"),
    ]
    assert named(changed, Action.DELETE) == [
        ("aws:ec2:NatGateway", "network"),
        ("aws:kms:Key", "storage"),
        ("aws:s3:Bucket", "features"),
    ]


def test_the_counts_are_those_of_the_engines_own_summary(changed: Preview) -> None:
    events = [json.loads(line) for line in (RECORDED / "changed.jsonl").read_text().splitlines()]
    summary = next(event["summaryEvent"]["resourceChanges"] for event in events if "summaryEvent" in event)
    assert {action.value: sum(step.action is action for step in changed.steps) for action in Action} == summary


def test_changed_properties_have_both_values_and_tell_which_of_them_replaces(changed: Preview) -> None:
    database = next(step for step in changed.resources if step.urn.domain == "database")
    assert database.changes == (
        Change("instanceClass", "db.t4g.medium", "db.x2g.large"),
        Change("multiAz", False, True),
        Change("password", HIDDEN, HIDDEN),
        Change("storageEncrypted", False, True, replaces=True),
    )


def test_protection_and_retention_are_read_of_both_sides(changed: Preview) -> None:
    buckets = {step.urn.name: step for step in changed.resources if step.urn.type == "aws:s3/bucket:Bucket"}
    old, new = buckets["artifacts"].old, buckets["artifacts"].new
    assert old is not None
    assert new is not None
    assert (old.protected, new.protected) == (True, False)
    assert [step.urn.name for step in changed.resources if step.state.retained] == ["storage"]


def test_policies_warnings_and_the_result_are_read(changed: Preview) -> None:
    new = recorded("new.jsonl")
    assert [(it.policy, it.mandatory) for it in new.violations] == [
        ("replicated", False),
        ("replicated", False),
        ("watched", False),
        ("encrypted", True),
    ]
    assert (new.failed, changed.failed) == (True, False)
    assert new.is_new
    assert not changed.is_new
    assert "`features` is <b>not</b> replicated, ask @platform" in changed.warnings


def test_warnings_about_the_plugins_of_this_repository_are_dropped(changed: Preview) -> None:
    assert [text for text in changed.warnings if "$PATH" in text] == []


def test_debug_messages_are_not_read() -> None:
    event = {"diagnosticEvent": {"severity": "debug", "prefix": "", "message": "opensesame"}}
    summary = {"summaryEvent": {"result": "succeeded"}}
    assert "opensesame" not in repr(read(f"{json.dumps(event)}\n{json.dumps(summary)}"))


def test_the_digest_of_the_same_change_has_the_same_steps_but_tells_no_policies(changed: Preview) -> None:
    digest = recorded("digest.json")
    moved = [(step.action, step.urn, step.changes) for step in changed.resources if step.action is not Action.SAME]
    assert [(s.action, s.urn, s.changes) for s in digest.resources if s.action is not Action.SAME] == moved
    assert (changed.policies_known, digest.policies_known) == (True, False)


def test_a_program_that_stops_is_a_failed_preview_with_its_traceback() -> None:
    broken = recorded("broken.jsonl")
    assert broken.failed
    assert broken.resources == ()
    assert any("ValueError: no such release" in error for error in broken.errors)


def test_what_an_earlier_update_left_of_a_replace_is_a_delete() -> None:
    urn = "urn:pulumi:dev::trial::aws:s3/bucket:Bucket::b"
    left = {
        "resourcePreEvent": {"metadata": {"op": "delete-replaced", "urn": urn, "old": {"custom": True}, "new": None}}
    }
    assert [step.action for step in read(json.dumps(left)).steps] == [Action.DELETE]


def test_an_engine_without_a_detailed_diff_still_gives_the_paths() -> None:
    sides = {side: {"custom": True, "inputs": {"a": {"b": [1, value]}}} for side, value in (("old", 2), ("new", 3))}
    urn = "urn:pulumi:dev::trial::aws:s3/bucket:Bucket::b"
    event = {
        "resourcePreEvent": {"metadata": {"op": "update", "urn": urn, "diffs": ["a"], "detailedDiff": None} | sides}
    }
    assert read(json.dumps(event)).steps[0].changes == (Change("a.b[1]", 2, 3),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no preview"),
        ("{}", "no preview"),
        ("[1]", "list where the engine writes objects"),
        ('warning: using a plugin\n{"steps": []}', "does the file hold stderr too"),
        ('{"resourcePreEvent": ', "was the engine interrupted"),
    ],
)
def test_what_is_no_preview_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UnreadablePreviewError, match=f"(?i){reason}"):
        read(text)
