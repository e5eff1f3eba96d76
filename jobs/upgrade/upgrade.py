"""From one MLflow to the next: nothing is migrated but a copy, and what was there is kept until the new one serves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from jobs.backup.databases import DATABASES
from jobs.backup.seal import Opener, Sealer
from jobs.backup.sets import Sets
from jobs.backup.take import take
from jobs.backup.verify import verify
from jobs.errors import MlopsError
from jobs.restore import databases
from jobs.restore.admin import Admin, opened
from jobs.restore.reader import Reader
from jobs.restore.target import Target
from jobs.upgrade import parts, rows
from jobs.upgrade.errors import UpgradeError
from jobs.upgrade.parts import Part
from jobs.upgrade.servers import Servers, wait

Say = Callable[[str], None]
# A server that is stopped answers what it was asked before; its connections end with it.
QUIET_SECONDS = 120.0


@dataclass(frozen=True)
class Work:
    """`bring`: puts the new servers in their place, `pulumi up`. `check`: what is wrong with what serves."""

    servers: Servers
    sets: Sets
    sealer: Sealer
    opener: Opener
    bring: Callable[[], None]
    check: Callable[[], list[str]]
    say: Say


@dataclass(frozen=True)
class Upgraded:
    """`set`: taken when nobody could write. `stopped`: seconds from the last server's end to the first new one."""

    upgraded: tuple[Part, ...]
    set: str | None
    rows: int
    changed: tuple[str, ...]
    stopped: float


def upgrade(work: Work) -> Upgraded:
    """Raises MlopsError with servers and rows as they were; killed, it is run again, or `go_back` undoes it."""
    with opened("upgrade") as admin:
        parts.mend(admin)
        behind = [part for part in parts.look(admin) if part.behind]
        left = parts.unfinished(admin)
        if not behind and left is None:
            return Upgraded((), None, 0, (), 0.0)
        begun = time.monotonic()
        image = (left and left.image) or work.servers.image()
        try:
            _stop(admin, work)
            entry, compared = _beside(admin, work, behind) if behind else (None, [])
            when = parts.moment() if left is None else next(iter(left.kept.values())).rpartition("_")[2]
            for part in behind:
                parts.swap_in(admin, part, when, image, work.say)
            # Of the former image they do not start on the new schema; `bring` replaces them.
            work.servers.start()
            work.bring()
            wait("MLflow's servers", work.servers.settled)
            stopped = time.monotonic() - begun
            if problems := work.check():
                raise UpgradeError(
                    "the new servers do not serve as the old ones did",
                    change="mend that, then upgrade again; the former servers go on: docs/runbooks/upgrade-mlflow.md",
                    details=tuple(problems),
                )  # fmt: skip
            admin.renew()
        except BaseException as error:
            _undo(admin, work, image, error)
            raise
        left = parts.unfinished(admin)
        assert left is not None
        parts.keep(admin, left, work.say)
    changed = tuple(words for one in compared for words in one.changed)
    return Upgraded(tuple(behind), entry, sum(one.rows for one in compared), changed, stopped)


def go_back(work: Work) -> bool:
    """Undoes an upgrade that was killed; False when there is none, and servers are left alone."""
    with opened("upgrade") as admin:
        parts.mend(admin)
        left = parts.unfinished(admin)
        if left is None:
            return False
        _back(admin, work, left.image)
    return True


def _stop(admin: Admin, work: Work) -> None:
    work.servers.stop()
    wait("sessions of MLflow's roles to end", lambda: not parts.sessions(admin), QUIET_SECONDS)
    work.say("servers are stopped, nobody writes")


def _beside(admin: Admin, work: Work, behind: list[Part]) -> tuple[str, list[rows.Compared]]:
    """A set of everything, and copies of these databases out of it, migrated and compared. Changes nothing else."""
    for name in DATABASES:
        admin.let_in(name)
    taken = take(work.sets, work.sealer, DATABASES, None, work.say)
    target = Target.of(taken.manifest, "database", None, {one.purpose: one.name for one in taken.manifest.buckets})
    verified = verify(work.sets.shelf, taken.manifest, work.opener, target.contents())
    work.say(f"set {taken.entry.id}: {verified.packs} packs of its databases opened")
    found = []
    with Reader(work.sets.shelf, taken.manifest, work.opener) as reader:
        for part in behind:
            held = next(one for one in taken.manifest.databases if one.name == part.name)
            databases.load(admin, part.place(admin), held, reader, {}, work.say)
            parts.migrate(admin, part)
            found.append(_compare(admin, work, part))
    return taken.entry.id, found


def _compare(admin: Admin, work: Work, part: Part) -> rows.Compared:
    with admin.inside(part.name) as before, admin.inside(f"{part.name}{databases.BESIDE}") as after:
        compared = rows.compare(before, after)
    if compared.problems:
        raise UpgradeError(
            f"the new schema of {part.name} does not keep its rows; only a copy was touched",
            change="report it with these tables; the former version goes on: docs/runbooks/upgrade-mlflow.md",
            details=compared.problems,
        )  # fmt: skip
    for line in compared.changed:
        work.say(f"{part.name}: the migration changed {line}")
    work.say(
        f"{part.name}: {part.revision} → {part.wanted}, {compared.rows} rows of {compared.tables} tables are the same"
    )
    return compared


def _undo(admin: Admin, work: Work, image: str, error: BaseException) -> None:
    """The way back; when that fails, too, both are told."""
    work.say(f"going back: {error.problem if isinstance(error, MlopsError) else repr(error)}")
    try:
        _back(admin, work, image)
    except Exception as second:
        raise UpgradeError(
            "the upgrade failed, and so did the way back", given=str(second)[:500],
            change="mend what it says, then `mlops tracking upgrade --back`", details=(str(error)[:500],),
        ) from error  # fmt: skip


def _back(admin: Admin, work: Work, image: str) -> None:
    admin.renew()
    parts.mend(admin)
    if (left := parts.unfinished(admin)) is not None:
        work.servers.stop()
        wait("sessions of MLflow's roles to end", lambda: not parts.sessions(admin), QUIET_SECONDS)
        parts.swap_back(admin, left, work.say)
    if image and work.servers.image() != image:
        work.servers.use(image)
    work.servers.start()
    wait("MLflow's former servers", work.servers.settled)
    work.say("the former servers serve again, with every row that they had")
