"""What stands in the comment, and in which order."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.review.cost import bill
from infra.review.events import read
from infra.review.prices import prices
from infra.review.report import marker, render
from infra.review.stateful import LOST
from infra.review.step import Action, Change, Preview, Step, Violation
from infra.review.values import HIDDEN
from tests.infra.review.samples import RECORDED, create, delete, preview, recorded, state, update, urn

BUCKET, TOPIC = "aws:s3/bucket:Bucket", "aws:sns/topic:Topic"


def text(of: Preview, limit: int | None = None) -> str:
    return render(of, "dev", bill(of, prices()), limit=limit)


def headings(report: str) -> list[str]:
    found: list[tuple[str, str]] = re.findall(r"^### (.*)$|^<summary>(.*)</summary>$", report, re.M)
    return [one or other for one, other in found]


def section(report: str, title: str) -> str:
    return re.split(r"^### |^<details>", report.split(f"{title}")[1], maxsplit=1, flags=re.M)[0]


@pytest.fixture(scope="module")
def changed() -> str:
    return text(recorded("changed.jsonl"))


def test_a_comment_begins_with_its_stacks_marker_and_the_counts(changed: str) -> None:
    first, second = changed.splitlines()[:2]
    assert first == marker("dev") == "<!-- preview of stack dev -->"
    assert second == (
        "## Preview of `dev`: 1 to create, 2 to update, 3 to replace, 3 to delete — **4 OF THEM HOLD STATE**"
    )


def test_state_comes_first_then_guards_and_noise_is_folded_last(changed: str) -> None:
    assert headings(changed) == [
        "STATEFUL REPLACES AND DELETES",
        "Guards lowered",
        "Blast radius",
        "Replaces (1)",
        "Deletes (1)",
        "Cost: -$37.96 a month, and 1 unpriced",
        "Creates (1)",
        "2 updates of image versions, tags and annotations only",
        "3 advisory policy results",
        "2 warnings",
    ]


def test_a_stateful_replace_says_in_capitals_what_is_lost_and_why(changed: str) -> None:
    stateful = section(changed, "STATEFUL REPLACES AND DELETES")
    assert "- **REPLACE** `aws:rds:Instance` **`database`** (database): LOSES ITS DATABASES" in stateful
    assert "  - `storageEncrypted`: `false` → `true` **causes the replace**" in stateful
    assert "- **DELETE** `aws:s3:Bucket` **`features`** (storage): LOSES EVERY OBJECT IN IT" in stateful
    assert "- **REPLACE** `kubernetes:apps/v1:StatefulSet`" in stateful
    assert "- **FORGET** `aws:kms:Key` **`storage`** (storage): LEAVES THE PROGRAM, IS KEPT IN THE ACCOUNT" in stateful
    assert "NatGateway" not in stateful


@pytest.mark.parametrize("kind", sorted(LOST))
def test_the_delete_of_every_stateful_type_stands_in_capitals(kind: str) -> None:
    assert f"LOSES {LOST[kind].upper()}" in text(preview(delete(kind, "it")))


@pytest.mark.parametrize("guard", ["protected", "retained"])
def test_what_is_guarded_counts_as_state_whatever_its_type(guard: str) -> None:
    found = text(preview(delete(TOPIC, "it", protected=guard == "protected", retained=guard == "retained")))
    assert "### STATEFUL REPLACES AND DELETES" in found
    assert "**1 OF THEM HOLDS STATE**" in found


def test_a_protected_delete_says_that_it_will_be_refused() -> None:
    found = text(recorded("protected.jsonl"))
    assert found.splitlines()[1].startswith("## Preview of `dev`: **FAILED** — ")
    assert "cannot be deleted\nbecause it is protected" in found
    assert "LOSES EVERY OBJECT IN IT — it is protected: the update will be refused" in found


@pytest.mark.parametrize("recording", ["new.jsonl", "changed.jsonl", "protected.jsonl", "broken.jsonl", "digest.json"])
def test_no_secret_of_the_trial_is_shown(recording: str) -> None:
    found = text(recorded(recording))
    assert re.findall("hunter|letmein|opensesame", found) == []


def test_a_changed_secret_is_named_without_its_values(changed: str) -> None:
    assert "  - `stringData`: `(secret)` → `(secret)` **causes the replace**" in changed
    shown = text(preview(update(TOPIC, "it", Change("key", HIDDEN, HIDDEN))))
    assert "  - `key`: `(secret)` → `(secret)`" in shown


def test_the_blast_radius_counts_each_domain_once(changed: str) -> None:
    rows = [line for line in section(changed, "Blast radius").splitlines() if line.startswith("| ")][2:]
    assert rows == [
        "| database |  |  | 1 |  |",
        "| network |  | 1 |  | 1 |",
        "| storage | 1 |  |  | 2 |",
        "| tracking |  | 1 | 2 |  |",
    ]


def test_mandatory_violations_stand_open_and_advisory_ones_folded() -> None:
    found = text(recorded("new.jsonl"))
    open_part = found.split("<details>")[0]
    assert "### Policies violated: 1, the update is refused" in open_part
    assert (
        "**`encrypted`** on `aws:rds:Instance` `database`: `Databases are encrypted. — set storageEncrypted to true`"
        in (open_part)
    )
    assert "`replicated`" not in open_part


def test_a_stack_that_does_not_exist_yet_is_said_to_be_new() -> None:
    found = text(recorded("new.jsonl"))
    assert "The stack does not exist yet: everything is new." in found
    assert "- **storage** (3)\n  - `aws:kms:Key`: `storage`\n  - `aws:s3:Bucket`: `artifacts`, `features`\n" in found


def test_many_creates_are_folded() -> None:
    found = text(preview(*(create(TOPIC, f"topic-{number}") for number in range(41))))
    assert "<summary>Creates (41)</summary>" in found


def test_a_program_that_stops_shows_why_and_nothing_else() -> None:
    found = text(recorded("broken.jsonl"))
    assert found.splitlines()[1] == "## Preview of `dev`: **FAILED**"
    assert "ValueError: no such release" in found
    assert headings(found) == []


def test_a_preview_without_policies_says_so(changed: str) -> None:
    assert "No policies were checked" in text(recorded("digest.json"))
    assert "No policies were checked" not in changed


def test_no_change_is_said_in_one_line() -> None:
    same = Step(Action.SAME, urn(TOPIC, "it"), state(), state())
    assert text(preview(same)).splitlines()[1] == "## Preview of `dev`: no change"


@pytest.mark.parametrize(
    "change",
    [
        Change("tags.owner", "a", "b"),
        Change("metadata.annotations.checksum", "a", "b"),
        Change("spec.template.metadata.annotations", None, {"a": "b"}),
        Change("spec.template.spec.containers[0].image", f"r/a@sha256:{'a' * 64}", f"r/a@sha256:{'b' * 64}"),
        Change(
            "imageUri", "1.dkr.ecr.eu-central-1.amazonaws.com/serve:1", "1.dkr.ecr.eu-central-1.amazonaws.com/serve:2"
        ),
    ],
    ids=lambda change: change.path,
)
def test_noise_is_folded(change: Change) -> None:
    found = text(preview(update(TOPIC, "it", change)))
    assert "### Updates" not in found
    assert "<summary>1 update of image versions, tags and annotations only</summary>" in found


@pytest.mark.parametrize(
    "change",
    [
        Change("image", "r/a:1", "r/other:1"),
        Change("displayName", "a", "b"),
        Change("spec.template.metadata.labels.app", "a", "b"),
        Change("spec.replicas", 1, 2),
    ],
    ids=lambda change: change.path,
)
def test_what_changes_behaviour_is_not_folded(change: Change) -> None:
    assert "### Updates (1)" in text(preview(update(TOPIC, "it", change)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"deletionProtection": True}, {"deletionProtection": False}, "deletionProtection: true → false"),
        ({"skipFinalSnapshot": False}, {"skipFinalSnapshot": True}, "skipFinalSnapshot: false → true"),
        ({"forceDestroy": False}, {"forceDestroy": True}, "forceDestroy: false → true"),
        ({"backupRetentionPeriod": 30}, {"backupRetentionPeriod": 7}, "backupRetentionPeriod: 30 → 7"),
        ({"multiAz": True}, {}, "multiAz: true → unset"),
    ],
)
def test_a_guard_that_is_lowered_is_said(before: dict[str, object], after: dict[str, object], said: str) -> None:
    def step(old: dict[str, object], new: dict[str, object]) -> Step:
        return Step(Action.UPDATE, urn("aws:rds/instance:Instance", "it"), state(old), state(new))

    assert f"`aws:rds:Instance` **`it`**: {said}" in section(text(preview(step(before, after))), "Guards lowered")
    assert "Guards lowered" not in text(preview(step(after, before)))


def test_text_of_resources_and_policies_cannot_become_markdown() -> None:
    hostile = "`</details><img src=x>\n# @everyone | [x](http://x)"
    violation = Violation(True, hostile, urn(TOPIC, hostile), hostile)
    steps = (create(TOPIC, hostile, domain=hostile), update(TOPIC, "b", Change(f"a[{hostile!r}]", hostile, None)))
    found = text(preview(*steps, violations=(violation,), warnings=(hostile,)))
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", found)
    assert "everyone" in found
    for part in ("img", "@everyone", "http"):
        assert part not in outside


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_same_change_gives_the_same_text_in_whatever_order_the_engine_tells_it(random: Random) -> None:
    told = (RECORDED / "changed.jsonl").read_text().splitlines()
    random.shuffle(told)
    assert text(read("\n".join(told))) == text(recorded("changed.jsonl"))


def test_a_report_longer_than_a_comment_is_cut_from_its_end_and_says_so() -> None:
    gone = [delete(BUCKET, "first")]
    many = [update(TOPIC, f"topic-{number}", Change("displayName", "a", "b" * 50)) for number in range(900)]
    found = text(preview(*gone, *many), limit=65_536)
    assert len(found) <= 65_536
    assert found.index("**DELETE** `aws:s3:Bucket` **`first`**") < 400
    assert re.search(
        r"\*\*CUT: \d+ lines are left out, a comment holds 65536 characters. `make preview STACK=dev` prints", found
    )
