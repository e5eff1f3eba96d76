"""`mlops users`: who may log in to MLflow, and what they may change there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jobs.commands.output import Json, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.users.change import Changes
    from jobs.users.client import Resource, Users

app = typer.Typer(help="Users of MLflow and their permissions; as an administrator.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The user.", min=1)]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password and print it once, instead of MLOPS_USER_PASSWORD or stdin.")
]
Experiment = Annotated[str, typer.Option(help="Name of an experiment, or '*' for all.")]
Model = Annotated[str, typer.Option(help="Name of a registered model, or '*' for all.")]
Permission = Literal["READ", "USE", "EDIT", "MANAGE"]


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """List the users; those of the platform itself are made by `make up`.

    Example: mlops users list
    """
    from jobs.users.change import PLATFORM

    with _users() as users:
        found = users.all()
    kind = {True: "platform", False: "person"}
    if as_json:
        show([{"name": one.name, "admin": one.admin, "platform": one.name in PLATFORM} for one in found])
        return
    table(
        ["name", "kind", "administrator"],
        [[one.name, kind[one.name in PLATFORM], "yes" if one.admin else "-"] for one in found],
    )


@app.command()
def create(name: Name, generate: Generate = False, as_json: Json = False) -> None:
    """Make a user who may read everything; the password is never an argument.

    Example: mlops users create ada --generate
    """
    password = _password(name, generate)
    with _changes() as (changes, _):
        changes.create(name, password)
    _told(name, "created", password if generate else None, as_json)


@app.command("set-password")
def set_password(name: Name, generate: Generate = False, as_json: Json = False) -> None:
    """Give a user another password; the old one is accepted for at most a minute.

    Example: mlops users set-password ada --generate
    """
    password = _password(name, generate)
    with _changes() as (changes, _):
        changes.set_password(name, password)
    _told(name, "changed", password if generate else None, as_json)


@app.command()
def delete(name: Name, as_json: Json = False) -> None:
    """Remove a user with all that was granted; what it has logged and registered stays.

    Example: mlops users delete ada
    """
    with _changes() as (changes, _):
        changes.delete(name)
    _told(name, "deleted", None, as_json)


@app.command()
def permissions(name: Name, as_json: Json = False) -> None:
    """Show what was granted to a user, beyond READ on everything.

    Example: mlops users permissions ada
    """
    with _users() as users:
        found = users.grants(name)
    if as_json:
        show([{"kind": one.resource.kind, "id": one.resource.id, "permission": one.permission} for one in found])
        return
    table(
        ["permission", "on"],
        [["READ", "everything"], *([one.permission, str(one.resource)] for one in found)],
    )


@app.command()
def grant(
    name: Name,
    permission: Annotated[Permission, typer.Argument(help="MANAGE contains EDIT, EDIT contains USE and READ.")],
    experiment: Experiment = "",
    model: Model = "",
    as_json: Json = False,
) -> None:
    """Let a user change one experiment or model, or all of them; takes the place of what it had on the same.

    Example: mlops users grant ada EDIT --experiment "*"
    """
    from jobs.users.client import Grant

    with _changes() as (changes, users):
        resource = _resource(users, experiment, model)
        changed = changes.grant(name, Grant(resource, permission))
    _told(name, f"{permission} on {resource} {'granted' if changed else 'was granted before'}", None, as_json)


@app.command()
def revoke(name: Name, experiment: Experiment = "", model: Model = "", as_json: Json = False) -> None:
    """Take back what was granted to a user on one experiment or model, or on all of them.

    Example: mlops users revoke ada --experiment "*"
    """
    with _changes() as (changes, users):
        resource = _resource(users, experiment, model)
        taken = changes.revoke(name, resource)
    _told(name, f"{resource} {'taken back' if taken else 'was not granted'}", None, as_json)


@contextmanager
def _users() -> Iterator[Users]:
    from jobs.settings import TrackingSettings, use_environment
    from jobs.users.client import Users

    use_environment()
    with Users.connected(TrackingSettings.read()) as users:
        yield users


@contextmanager
def _changes() -> Iterator[tuple[Changes, Users]]:
    from jobs.audit.trail import Trail
    from jobs.users.change import Changes

    with _users() as users:
        yield Changes(users, Trail.open()), users


def _password(name: str, generate: bool) -> str:
    from jobs.users import password

    return password.made() if generate else password.given(name)


def _resource(users: Users, experiment: str, model: str) -> Resource:
    from jobs.users.client import Resource

    if bool(experiment) == bool(model):
        raise ConfigError(
            "one thing is needed", given=f"--experiment {experiment!r} --model {model!r}", allowed="one of the two"
        )
    if model:
        return Resource("registered_model", model)
    return Resource("experiment", experiment if experiment == "*" else users.experiment(experiment))


def _told(name: str, what: str, password: str | None, as_json: bool) -> None:
    if as_json:
        show({"user": name, "done": what} | ({"password": password} if password else {}))
        return
    print(f"{name}: {what}")
    if password:
        print(f"password, shown once: {password}")
