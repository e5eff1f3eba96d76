"""`python -m jobs.tracking.users` makes the platform's MLflow users and gives them the passwords of the settings.

MLflow itself sets the administrator's password only once, when the user does not exist; here a changed password takes
effect with the next run. Works on the auth database, so that it needs no server and no old password.

Limit: without workspaces MLflow 3.17 lets every user create new experiments and models. `serving` can do that too, but
cannot change what others own: it has the default permission, READ.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.tracking import iam_login
from jobs.tracking.configuration import Configuration

if TYPE_CHECKING:
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore


@dataclass(frozen=True)
class User:
    """A user and what it may do beyond reading: resource type → permission on everything of that type."""

    name: str
    admin: bool = False
    grants: Mapping[str, str] = field(default_factory=dict)


USERS = (
    User("admin", admin=True),
    # Models and experiments may have been made by someone else: training logs into them and sets aliases.
    User("training", grants={"experiment": "EDIT", "registered_model": "EDIT"}),
    User("serving"),
    # Deletes old runs; only MANAGE may delete.
    User("pruning", grants={"experiment": "MANAGE"}),
)


def ensure(store: SqlAlchemyStore, user: User, password: str) -> str:
    """What was done: `created`, `updated` or `unchanged`."""
    if not store.has_user(user.name):
        store.create_user(user.name, password, is_admin=user.admin)
        done = "created"
    elif store.authenticate_user(user.name, password) and store.get_user(user.name).is_admin == user.admin:
        done = "unchanged"
    else:
        store.update_user(user.name, password=password, is_admin=user.admin)
        done = "updated"
    for resource, permission in user.grants.items():
        store.grant_user_permission(user.name, resource, "*", permission)
    return done


def main() -> None:
    configuration = Configuration.read()
    os.environ.update(configuration.environment())
    iam_login.install()
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore()
    store.init_db(configuration.auth_uri)  # type: ignore[no-untyped-call]  # MLflow has no annotation here
    for user in USERS:
        print(f"user {user.name}: {ensure(store, user, configuration.secret(f'{user.name}-password'))}", flush=True)


if __name__ == "__main__":
    main()
