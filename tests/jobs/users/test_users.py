"""People get into MLflow, are let to change what was granted, and each change is on record; on a real server."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs.audit.trail import Trail
from jobs.users import password
from jobs.users.client import PATHS
from tests.jobs.support import Outcome, example, mlops


def entries(trail: Path) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.action, one.subject, one.facts) for one in Trail.open(str(trail)).entries()]


def made(said: Outcome) -> str:
    """The password that the command has shown."""
    return said.out.split("password, shown once: ")[1].strip()


def status(address: str, user: str, secret: str, method: str = "GET") -> int:
    """What MLflow answers to the user who asks for an experiment, or changes one."""
    url = f"{address}/api/2.0/mlflow/experiments"
    if method == "GET":
        return httpx.get(f"{url}/get-by-name?experiment_name=churn", auth=(user, secret), timeout=60).status_code
    given = {"experiment_id": "1", "key": "a", "value": "b"}
    return httpx.post(f"{url}/set-experiment-tag", json=given, auth=(user, secret), timeout=60).status_code


@pytest.fixture(autouse=True)
def _nobody_before(trail: Path) -> None:
    """No person is left of a test before."""
    names = {one["name"] for one in mlops("users", "list", "--json").json if not one["platform"]}
    for name in names:
        assert mlops("users", "delete", name).code == 0
    for entry in trail.glob("*"):
        entry.unlink()


def test_each_address_is_mlflow_s_own() -> None:
    from mlflow.server.auth import routes

    assert PATHS == {
        "list": routes.LIST_USERS,
        "create": routes.CREATE_USER,
        "set_password": routes.UPDATE_USER_PASSWORD,
        "delete": routes.DELETE_USER,
        "permissions": routes.LIST_USER_PERMISSIONS,
        "grant": routes.GRANT_USER_PERMISSION,
        "revoke": routes.REVOKE_USER_PERMISSION,
    }


def test_a_user_is_made_may_read_and_is_let_to_edit_and_no_more_when_that_is_taken_back(
    mlflow: str, trail: Path
) -> None:
    secret = made(example("users create"))
    assert (status(mlflow, "ada", secret), status(mlflow, "ada", secret, "POST")) == (200, 403)

    assert example("users grant").code == 0
    assert status(mlflow, "ada", secret, "POST") == 200
    assert [line.split() for line in example("users permissions").out.splitlines()[1:]] == [
        ["READ", "everything"],
        ["EDIT", "every", "experiment"],
    ]
    assert "was granted before" in example("users grant").out
    assert example("users revoke").code == 0
    assert status(mlflow, "ada", secret, "POST") == 403
    assert "was not granted" in example("users revoke").out

    assert example("users delete").code == 0
    assert status(mlflow, "ada", secret) == 401
    assert entries(trail) == [
        ("user.created", "ada", {"by": "admin"}),
        ("user.granted", "ada", {"by": "admin", "on": "every experiment", "permission": "EDIT", "before": None}),
        ("user.revoked", "ada", {"by": "admin", "on": "every experiment", "before": "EDIT"}),
        ("user.deleted", "ada", {"by": "admin", "had": []}),
    ]
    assert secret not in "".join(path.read_text() for path in trail.iterdir())


def test_another_password_takes_effect_and_the_old_one_ends(mlflow: str) -> None:
    first = made(mlops("users", "create", "ada", "--generate"))
    second = made(example("users set-password"))
    assert (status(mlflow, "ada", first), status(mlflow, "ada", second)) == (401, 200)


def test_a_permission_on_one_experiment_takes_the_place_of_the_one_before(trail: Path) -> None:
    mlops("users", "create", "ada", "--generate")
    assert mlops("users", "grant", "ada", "EDIT", "--experiment", "churn").code == 0
    assert mlops("users", "grant", "ada", "MANAGE", "--experiment", "churn").code == 0
    assert mlops("users", "grant", "ada", "EDIT", "--model", "churn-classifier").code == 0
    assert mlops("users", "permissions", "ada", "--json").json == [
        {"kind": "experiment", "id": "1", "permission": "MANAGE"},
        {"kind": "registered_model", "id": "churn-classifier", "permission": "EDIT"},
    ]
    assert entries(trail)[2][2]["before"] == "EDIT"


def test_users_of_the_platform_are_listed_as_such_and_left_to_the_settings(trail: Path) -> None:
    assert [line.split() for line in example("users list").out.splitlines()[1:]] == [
        ["admin", "platform", "yes"],
        ["pruning", "platform", "-"],
        ["serving", "platform", "-"],
        ["training", "platform", "-"],
    ]
    for command in (
        ["delete", "serving"],
        ["set-password", "admin", "--generate"],
        ["grant", "serving", "EDIT", "--model", "*"],
    ):
        said = mlops("users", *command)
        assert (said.code, "the next `make up` would undo this" in said.err) == (2, True)
    assert not trail.exists() or entries(trail) == []


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["delete", "nobody"], 1, "there is no such user"),
        (["set-password", "nobody", "--generate"], 1, "there is no such user"),
        (["create", "serving", "--generate"], 1, "there is such a user"),
        (["grant", "nobody", "EDIT"], 2, "one thing is needed"),
        (["grant", "nobody", "EDIT", "--model", "a", "--experiment", "b"], 2, "one thing is needed"),
        (["grant", "nobody", "EDIT", "--experiment", "no-such"], 1, "no-such"),
    ],
)
def test_what_cannot_be_is_told_and_leaves_no_entry(command: list[str], code: int, words: str, trail: Path) -> None:
    said = mlops("users", *command)
    assert (said.code, words in said.err) == (code, True), said.err
    assert not trail.exists() or entries(trail) == []


def test_who_is_no_administrator_changes_nothing(trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "serving")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "password-of-serving")
    said = mlops("users", "create", "eve", "--generate")
    assert (said.code, "MLflow refuses this to serving" in said.err) == (2, True), said.err
    assert [action for action, _, _ in entries(trail)] == ["user.created", "user.failed"]
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "password-of-admin")
    assert "eve" not in mlops("users", "list").out


def test_without_a_trail_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPS_AUDIT")
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path / "no-instance"))
    said = mlops("users", "create", "eve", "--generate")
    assert (said.code, "no change goes without its entry" in said.err) == (2, True), said.err
    assert "eve" not in mlops("users", "list").out


def test_a_password_comes_by_a_variable_or_standard_input_and_is_never_too_short(
    mlflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("of-standard-input\n"))
    assert mlops("users", "create", "ada").out == "ada: created\n"
    assert status(mlflow, "ada", "of-standard-input") == 200
    monkeypatch.setenv(password.VARIABLE, "of-a-variable")
    assert mlops("users", "set-password", "ada").code == 0
    assert status(mlflow, "ada", "of-a-variable") == 200
    monkeypatch.setenv(password.VARIABLE, "short")
    said = mlops("users", "set-password", "ada")
    assert (said.code, "the password is too short" in said.err, "short\n" in said.err.split("given:")[1]) == (
        2,
        True,
        False,
    )
    assert status(mlflow, "ada", "of-a-variable") == 200


def test_a_server_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    said = mlops("users", "list")
    assert (said.code, "a server does not answer" in said.err) == (1, True)
