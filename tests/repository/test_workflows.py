"""What runs on GitHub: pinned, with few rights, and no update without its environment and its plan."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.review.report import marker
from tests.repository.documents import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.y*ml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.y*ml"))
FILES = [*WORKFLOWS, *ACTIONS]
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def load(path: Path) -> dict[str, Any]:
    """All scalars as text: YAML would read `on` as true."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    return loaded


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = load(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    content = load(path)
    if "runs" in content:
        yield from content["runs"]["steps"]
    for job in content.get("jobs", {}).values():
        yield from job.get("steps", ())


def unpinned(text: str) -> list[str]:
    used = re.findall(r"^\s*(?:- )?uses: (.+?)\s*$", text, re.M)
    return [reference for reference in used if not reference.startswith("./") and not PINNED.match(reference)]


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[path.relative_to(GITHUB).as_posix() for path in paths])


def test_there_are_workflows_to_look_at() -> None:
    assert {path.stem for path in WORKFLOWS} >= {"apply", "preview", "stack"}
    assert {path.parent.name for path in ACTIONS} >= {"preview", "setup"}


@each(FILES)
def test_every_action_is_pinned_by_commit_and_names_its_version(path: Path) -> None:
    assert unpinned(path.read_text()) == []


def test_an_action_that_is_not_pinned_is_found() -> None:
    tag, short = "actions/checkout@v4", "actions/checkout@3d3c42e # v7.0.1"
    bare = f"actions/checkout@{'a' * 40}"
    assert unpinned(f"- uses: {tag}\n  uses: {short}\n- uses: {bare}\n- uses: ./.github/actions/setup\n") == [
        tag,
        short,
        bare,
    ]


def test_one_action_has_one_version_everywhere() -> None:
    used = {found for path in FILES for found in re.findall(r"uses: ([\w.-]+/[\w./-]+)@(\S+)", path.read_text())}
    assert len({name for name, _commit in used}) == len(used)


@each(ACTIONS + WORKFLOWS)
def test_every_local_action_and_workflow_exists(path: Path) -> None:
    for reference in re.findall(r"uses: \./(\S+)", path.read_text()):
        assert (ROOT / reference).is_file() or (ROOT / reference / "action.yml").is_file(), reference


@each(WORKFLOWS)
def test_a_workflow_has_no_rights_and_each_job_only_those_it_names(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for name, job in jobs(path).items():
        writes = {right for right, level in job["permissions"].items() if level not in {"read", "none"}}
        assert writes <= {"id-token", "pull-requests"}, name
        # A token for AWS and a comment on a pull request are never in one job.
        assert len(writes) <= 1, name


@each(WORKFLOWS)
def test_no_workflow_runs_code_of_others_with_rights_of_ours(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(load(path)["on"])
    for job in jobs(path).values():
        own = "github.event.pull_request.head.repo.full_name == github.repository"
        if "pull_request" in load(path)["on"] and job["permissions"].get("id-token") == "write":
            assert job["if"] == own


@each(FILES)
def test_no_text_of_a_pull_request_becomes_part_of_a_script(path: Path) -> None:
    for step in steps(path):
        script = step.get("run", "") + str(step.get("with", {}).get("script", ""))
        assert "${{" not in script, step


@each(FILES)
def test_every_script_stops_at_its_first_error(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            assert step["run"].startswith("set -euo pipefail\n"), step


@each(FILES)
def test_no_credentials_are_kept_or_written_down(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"secrets\.|aws-(?:access|secret)|AKIA[0-9A-Z]{16}", text) == []
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@each(WORKFLOWS)
def test_every_job_that_runs_has_a_timeout(path: Path) -> None:
    for name, job in jobs(path).items():
        assert "uses" in job or int(job["timeout-minutes"]) <= 120, name


@each(FILES)
def test_every_update_runs_in_its_stacks_environment_by_the_plan_that_was_previewed(path: Path) -> None:
    for name, job in (load(path).get("jobs") or {}).items():
        for step in job.get("steps", ()):
            if "pulumi up" in step.get("run", ""):
                assert job["environment"] == "${{ inputs.stack }}"
                assert "preview" in job["needs"]
                assert "--policy-pack infra/guardrails --plan plan/plan.json" in step["run"], name
                assert "hide-values.awk" in step["run"]


def test_there_is_one_place_that_updates_and_it_is_called_for_prod_after_dev() -> None:
    updating = [path.name for path in FILES if "pulumi up" in path.read_text()]
    assert updating == ["stack.yml"]
    apply = jobs(GITHUB / "workflows" / "apply.yml")
    assert {name: job["with"]["stack"] for name, job in apply.items()} == {"dev": "dev", "prod": "prod"}
    assert apply["prod"]["needs"] == "dev"
    turns = {job["concurrency"]["group"]: job["concurrency"]["cancel-in-progress"] for job in apply.values()}
    assert turns == {"apply-dev": "false", "apply-prod": "false"}
    assert load(GITHUB / "workflows" / "apply.yml")["on"] == {"push": {"branches": ["main"]}}


def test_one_comment_of_each_stack_is_found_by_the_reports_marker() -> None:
    script = next(
        step["with"]["script"] for step in steps(GITHUB / "workflows" / "preview.yml") if "script" in str(step)
    )
    assert marker("${stack}") in script
    assert "updateComment" in script
    assert "comment.user?.login === 'github-actions[bot]'" in script


def test_events_of_the_engine_are_never_uploaded() -> None:
    for path in FILES:
        for step in steps(path):
            if "upload-artifact" in step.get("uses", ""):
                assert step["with"]["path"].split("/")[-1] in {"report.md", "plan.json"}


def test_the_installed_engine_is_the_one_that_is_locked() -> None:
    locked = re.search(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    setup = next(step["with"] for step in steps(GITHUB / "actions" / "setup" / "action.yml") if "pulumi/" in str(step))
    assert locked
    assert setup["pulumi-version"] == locked[1]


def test_values_that_the_engine_prints_when_a_plan_is_violated_are_left_out() -> None:
    awk = shutil.which("awk")
    assert awk
    said = "creating a\nerror: resource b violates plan: properties changed: ++key[{hunter1\nhunter2}]\nhunter3\n"
    command = [awk, "-f", str(GITHUB / "hide-values.awk")]
    shown = subprocess.run(command, input=said, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("creating a\nerror: resource b violates plan: preview it")
    assert "hunter" not in shown


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_scripts_are_valid_shell(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            checked = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True)
            assert checked.returncode == 0, checked.stderr
