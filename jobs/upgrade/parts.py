"""MLflow's databases: which schema they have and which one this MLflow wants."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.backup.databases import revision_of
from jobs.restore import databases
from jobs.restore.admin import Admin
from jobs.restore.databases import Place
from jobs.tracking import iam_login, schema
from jobs.upgrade.errors import UpgradeError

Say = Callable[[str], None]
NAMES = ("mlflow", "mlflow_auth")
# What was there, for as long as it is not known whether the new one serves.
KEPT = re.compile(r"(mlflow|mlflow_auth)_upgrading_(\d{14})")


@dataclass(frozen=True)
class Part:
    """A database with its schema's revision; None: it has none."""

    name: str
    owner: str
    revision: str | None
    wanted: str
    rows: bool

    @property
    def behind(self) -> bool:
        """An empty one is the Job `tracking-schema`'s."""
        return self.rows and self.revision != self.wanted

    def place(self, admin: Admin) -> Place:
        """Where `jobs.restore` makes the copy, and what it replaces."""
        return databases.look(admin, self.name, self.owner)


@dataclass(frozen=True)
class Unfinished:
    """What an upgrade keeps until it is over: databases from before under other names, and the servers' image."""

    kept: dict[str, str]
    image: str


def look(admin: Admin) -> list[Part]:
    """Raises UnreachableError, and UpgradeError for a schema that this MLflow does not know."""
    wanted = dict(zip(NAMES, (schema.tracking_head(), schema.auth_head()), strict=True))
    found = []
    for name in NAMES:
        with admin.inside(name) as connection:
            owner = admin.server.owner(name)
            assert owner is not None
            found.append(Part(name, owner, revision_of(connection), wanted[name], databases.has_rows(connection)))
    for part, known in zip(found, (schema.tracking_knows, schema.auth_knows), strict=True):
        if part.revision is not None and not known(part.revision):
            raise UpgradeError(
                f"the schema of {part.name} is not one that this MLflow knows", given=part.revision,
                allowed=f"{part.wanted} or older", change="use the checkout whose MLflow made it, or a newer one",
            )  # fmt: skip
    return found


def migrate(admin: Admin, part: Part) -> None:
    """The copy beside the database gets the new schema, as the owner of its tables. Raises UpgradeError."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    beside = f"{part.name}{databases.BESIDE}"

    def become_owner(connection: Any, _record: object) -> None:
        admin.become_owner(connection, beside)
        connection.commit()

    # MLflow makes engines of its own. Server, user and password are PG* variables, which libpq reads itself.
    iam_login.install()
    event.listen(Engine, "connect", become_owner)
    try:
        migration = schema.migrate_tracking if part.name == NAMES[0] else schema.migrate_auth
        migration(f"postgresql+psycopg:///{beside}")
    except Exception as error:
        raise UpgradeError(
            f"the schema of {part.name} could not be upgraded; only a copy was touched",
            given=f"{type(error).__name__}: {str(error).strip()[-500:]}",
            change="report it with the revision; the former version goes on",
        ) from error  # fmt: skip
    finally:
        event.remove(Engine, "connect", become_owner)


def sessions(admin: Admin) -> list[str]:
    """Who may still write: sessions of the databases' owners."""
    return [
        f"{user} at {database}" + (f" ({program})" if program else "")
        for user, database, program in admin.connection.execute(
            "SELECT s.usename, s.datname, s.application_name FROM pg_stat_activity s"
            " JOIN pg_database d ON d.datname = s.datname"
            " WHERE s.datname = ANY(%s) AND s.usename = pg_get_userbyid(d.datdba)",
            [list(NAMES)],
        ).fetchall()
    ]


def unfinished(admin: Admin) -> Unfinished | None:
    """What an upgrade that was killed has left; of several the newest."""
    rows = admin.connection.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname ~ %s", [KEPT.pattern]
    ).fetchall()
    found = sorted((match[2], match[1], match[0], note) for name, note in rows if (match := KEPT.fullmatch(name)))
    if not found:
        return None
    return Unfinished(
        {name: kept for moment, name, kept, _ in found if moment == found[-1][0]},
        str(json.loads(found[-1][3] or "{}").get("image", "")),
    )


def moment() -> str:
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def swap_in(admin: Admin, part: Part, when: str, image: str, say: Say) -> None:
    """The upgraded copy takes the database's place, which keeps its rows under a name that says so."""
    place = part.place(admin)
    admin.note(part.name, json.dumps({"image": image}))
    databases.swap(admin, place, f"{part.name}_upgrading_{when}", lambda _: None)
    say(f"{part.name}: upgraded, and what was there is kept")


def mend(admin: Admin) -> None:
    """An upgrade was killed while names changed: a database without a name gets it back, a closed one is opened."""
    left = unfinished(admin)
    for name in NAMES:
        row = admin.connection.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [name]).fetchone()
        if row is None and left is not None and name in left.kept:
            admin.rename(left.kept[name], name)
        if row is None or not row[0]:
            admin.reopen(name)


def swap_back(admin: Admin, left: Unfinished, say: Say) -> None:
    """Databases from before take their places again. What was upgraded stays under another name: when servers of the
    new version were there, clients may have written to it."""
    for name, kept in left.kept.items():
        failed = kept.replace("_upgrading_", "_failed_")
        admin.shut(name)
        admin.rename(name, failed)
        admin.rename(kept, name)
        for one in (name, failed):
            admin.reopen(one)
        say(f"{name}: the database from before is back; what was upgraded is {failed}, drop it when you are sure")


def keep(admin: Admin, left: Unfinished, say: Say) -> None:
    """The upgrade is over: what was there is named as after a restore."""
    for name, kept in left.kept.items():
        after = kept.replace("_upgrading_", "_before_")
        admin.shut(kept)
        admin.rename(kept, after)
        admin.reopen(after)
        say(f"{name}: what was there is the database {after}; drop it when you are sure")
