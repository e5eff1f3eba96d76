"""`mlops models tag|note|archive|restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.model_options import DEFAULT, Name, Which, open_registry
from jobs.commands.output import Json, show


def tag(
    name: Name,
    which: Which,
    tags: Annotated[list[str], typer.Argument(help="key=value to set, key= to remove.")],
    as_json: Json = False,
) -> None:
    """Set or remove tags of a version.

    Example: mlops models tag churn-classifier @champion reviewed-by=ada ticket=
    """
    from jobs.registry.upkeep import parse_tags
    from jobs.registry.upkeep import tag as set_tags

    wanted = parse_tags(tags)
    registry = open_registry()
    version = set_tags(registry, registry.find(name, which), wanted)
    if as_json:
        show(version.as_dict())
    else:
        own = {key: value for key, value in version.tags.items() if not key.startswith("mlops.")}
        print(f"{name} version {version.version}: {own or 'no tags of people'}")


def note(name: Name, which: Which, text: Annotated[str, typer.Argument()], as_json: Json = False) -> None:
    """Replace a version's note; the audit trail keeps the one before.

    Example: mlops models note churn-classifier @champion "trained without the customers of May"
    """
    from jobs.registry.upkeep import note as set_note

    registry = open_registry()
    version = set_note(registry, registry.find(name, which), text)
    if as_json:
        show(version.as_dict())
    else:
        print(f"{name} version {version.version}: {version.note or 'no note'}")


def archive(
    name: Name = DEFAULT,
    older_than: Annotated[str, typer.Option(help="Age of the versions, such as 90d.")] = "90d",
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it they are only listed.")] = False,
    as_json: Json = False,
) -> None:
    """List versions of that age that no alias names, and with --apply mark them as archived: they cannot be promoted.

    Their files stay; `mlops models restore` takes the mark away.

    Example: mlops models archive churn-classifier --older-than 90d
    """
    from datetime import UTC, datetime

    from jobs.datasets.moment import parse_age
    from jobs.registry import upkeep

    age = parse_age(older_than)
    registry = open_registry()
    chosen = upkeep.to_archive(registry.versions(name), age, datetime.now(UTC))
    if apply:
        chosen = [upkeep.archive(registry, version, f"older than {older_than}") for version in chosen]
    if as_json:
        show({"model": name, "applied": apply, "versions": [version.version for version in chosen]})
        return
    for version in chosen:
        print(f"version {version.version}, {datetime.fromtimestamp(version.created / 1000, UTC):%Y-%m-%d}")
    done = "archived" if apply else "would be archived; --apply does it"
    print(f"{name}: {len(chosen)} versions {done}")


def restore(name: Name, which: Which, as_json: Json = False) -> None:
    """Take a version out of the archive, so that it may be promoted again.

    Example: mlops models restore churn-classifier 2
    """
    from jobs.registry import upkeep

    registry = open_registry()
    version = upkeep.restore(registry, registry.find(name, which))
    if as_json:
        show(version.as_dict())
    else:
        print(f"{name} version {version.version} may be promoted")
