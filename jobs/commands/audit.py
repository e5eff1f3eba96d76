"""`mlops audit`: the trail of what was done to models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.output import Json, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.audit.entry import Entry
    from jobs.audit.trail import Trail

app = typer.Typer(help="Who registered, promoted and rolled back what, when and why.", no_args_is_help=True)


@app.command()
def verify(
    registry: Annotated[bool, typer.Option("--registry", help="Also compare with the registry as it is now.")] = False,
    as_json: Json = False,
) -> None:
    """Check every link of the chain; exit 1 when an entry was changed, removed, put in or cut off.

    Example: mlops audit verify --registry
    """
    from jobs.audit.query import differences

    trail = _trail()
    entries, broken = trail.check()
    told = [str(one) for one in broken]
    if registry:
        from jobs.registry.live import live_aliases, live_anchors

        told += differences(entries, live_aliases(), live_anchors())
    head = entries[-1].anchor if entries else None
    if as_json:
        show({"trail": trail.place, "entries": len(entries), "head": head, "problems": told})
    else:
        for line in told:
            print(line)
        checked = " and the registry" if registry else ""
        print(f"{trail.place}{checked}: {len(entries)} entries, {len(told)} problems, head {head}")
    raise typer.Exit(1 if told else 0)


@app.command("list")
def list_entries(
    subject: Annotated[str, typer.Option(help="A model, `model@alias` or `model/version`.")] = "",
    action: Annotated[str, typer.Option(help="Such as `alias.moved`, or its first part.")] = "",
    since: Annotated[str, typer.Option(help="From this time on.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List entries, the newest last.

    Example: mlops audit list --action alias --limit 20
    """
    from jobs.audit.query import matching
    from jobs.datasets.moment import parse_time

    entries = _trail().entries()
    found = matching(entries, subject, action, parse_time(since) if since else None)[-limit:]
    if as_json:
        show([entry.as_dict() for entry in found])
        return
    table(
        ["seq", "time", "actor", "action", "subject", "facts"],
        [[one.seq, one.time[:19], one.actor, one.action, one.subject, _facts(one)] for one in found],
    )


@app.command("show")
def show_entry(
    seq: Annotated[int, typer.Argument(help="Number of the entry.", min=1)],
) -> None:
    """Show one entry with everything that it records, as JSON.

    Example: mlops audit show 1
    """
    entries = _trail().entries()
    if seq > len(entries):
        raise ConfigError("the trail has no such entry", given=seq, allowed=f"1 … {len(entries)}" if entries else None)
    show(entries[seq - 1].as_dict())


@app.command()
def at(
    time: Annotated[str, typer.Argument(help="Such as 2026-11-20T12:00Z.")],
    as_json: Json = False,
) -> None:
    """What each alias named at a time: which version was in production then, since when, by whom and why.

    Example: mlops audit at 2026-11-20T12:00Z
    """
    from jobs.audit.query import aliases, until
    from jobs.datasets.moment import parse_time

    when = parse_time(time)
    standing = aliases(until(_trail().entries(), when))
    if as_json:
        named = {
            subject: {
                "version": one.version, "since": one.entry.time, "by": one.entry.actor, "entry": one.entry.seq,
                "why": one.entry.facts.get("why"),
            }
            for subject, one in sorted(standing.items())
        }  # fmt: skip
        show({"time": when.isoformat(), "aliases": named})
        return
    if not standing:
        print(f"at {when:%Y-%m-%d %H:%M:%S} UTC no alias named a version")
        return
    table(
        ["alias", "version", "since", "by", "why", "entry"],
        [
            [subject, one.version, one.entry.time[:19], one.entry.actor, one.entry.facts.get("why", "-"), one.entry.seq]
            for subject, one in sorted(standing.items())
        ],
    )


@app.command()
def adopt(
    reason: Annotated[str, typer.Option(help="Why the registry stands as it does.")],
    as_json: Json = False,
) -> None:
    """Put on record what the aliases name without an entry: after a restore, or from before there was a trail.

    Example: mlops audit adopt --reason "restored from the backup of Friday"
    """
    from jobs.audit.query import ADOPTED, aliases
    from jobs.registry.live import live_aliases

    if not reason.strip():
        raise ConfigError("a reason is needed", given="--reason ''", change="say why in a few words")
    trail = _trail()
    standing = {subject: named.version for subject, named in aliases(trail.entries()).items()}
    live = live_aliases()
    made = [
        trail.append(
            ADOPTED, subject, **{"from": standing.get(subject), "to": live.get(subject), "why": "adopted"},
            reason=reason.strip(),
        )
        for subject in sorted({*standing, *live})
        if standing.get(subject) != live.get(subject)
    ]  # fmt: skip
    if as_json:
        show([entry.as_dict() for entry in made])
        return
    for entry in made:
        print(f"entry {entry.seq}: {entry.subject} names {entry.facts['to'] or 'nothing'}")
    if not made:
        print("the registry and the trail say the same")


def _trail() -> Trail:
    from jobs.audit.trail import Trail
    from jobs.settings import use_environment

    use_environment()
    return Trail.open()


def _facts(entry: Entry) -> str:
    text = json.dumps(entry.facts, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= 100 else text[:99] + "…"
