"""Changes of users, each with an entry of the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jobs.errors import ConfigError, MlopsError
from jobs.tracking.users import USERS
from jobs.users.client import Grant, Resource, Users

if TYPE_CHECKING:
    from jobs.audit.trail import Trail

CREATED, CHANGED, DELETED = "user.created", "user.password", "user.deleted"
GRANTED, REVOKED = "user.granted", "user.revoked"
# Follows one of the others when MLflow did not do it.
FAILED = "user.failed"
PLATFORM = {user.name for user in USERS}


class Changes:
    """What can be known is looked at first; then the entry; then the change, and what became of it if it failed.

    So a change without an entry cannot be, and one that was cut off stands in the trail and can be run again.
    """

    def __init__(self, users: Users, trail: Trail) -> None:
        self._users = users
        self._trail = trail

    def create(self, name: str, password: str) -> None:
        if name in {one.name for one in self._users.all()}:
            raise MlopsError(
                "there is such a user", given=name, change="give it a password with `mlops users set-password`"
            )
        self._record(CREATED, name, lambda: self._users.create(name, password))

    def set_password(self, name: str, password: str) -> None:
        self._of_people(name)
        self._record(CHANGED, name, lambda: self._users.set_password(name, password))

    def delete(self, name: str) -> None:
        self._of_people(name)
        # Kept by its number nowhere else: what it had goes with it.
        had = [f"{one.permission} on {one.resource}" for one in self._users.grants(name)]
        self._record(DELETED, name, lambda: self._users.delete(name), had=had)

    def grant(self, name: str, grant: Grant) -> bool:
        """Whether something changed. One permission on one thing: another one takes its place."""
        self._of_people(name)
        before = self._holds(name, grant.resource)
        if before == grant.permission:
            return False

        def effect() -> None:
            if before:
                self._users.revoke(name, grant.resource)
            self._users.grant(name, grant)

        self._record(GRANTED, name, effect, on=str(grant.resource), permission=grant.permission, before=before)
        return True

    def revoke(self, name: str, resource: Resource) -> bool:
        """Whether there was something to take."""
        self._of_people(name)
        before = self._holds(name, resource)
        if before is None:
            return False
        self._record(REVOKED, name, lambda: self._users.revoke(name, resource), on=str(resource), before=before)
        return True

    def _holds(self, name: str, resource: Resource) -> str | None:
        return next((one.permission for one in self._users.grants(name) if one.resource == resource), None)

    def _of_people(self, name: str) -> None:
        if name in PLATFORM:
            raise ConfigError(
                "a user of the platform itself: the next `make up` would undo this", given=name,
                change="its password is in mlops:secrets, its rights in jobs/tracking/users.py: docs/runbooks/users.md",
            )  # fmt: skip
        known = [one.name for one in self._users.all()]
        if name not in known:
            raise MlopsError(
                "there is no such user", given=name, allowed=", ".join(known),
                change="give one of these, or make it with `mlops users create NAME`",
            )  # fmt: skip

    def _record(self, action: str, name: str, effect: Callable[[], None], **facts: Any) -> None:
        entry = self._trail.append(action, name, by=self._users.caller, **facts)
        try:
            effect()
        except Exception as error:
            self._trail.append(FAILED, name, entry=entry.seq, reason=str(error).splitlines()[0])
            raise
