"""`mlops tracking`: a tracking server for a laptop, and the platform's own brought to a new MLflow."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.backup import Identity, Place
from jobs.commands.checks import ALIAS, MODEL, Alias, Model
from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.upgrade.upgrade import Work

app = typer.Typer(help="The tracking server.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The tracking server."""


@app.command()
def serve(
    folder: Annotated[Path, typer.Option(help="Where the database and the artifacts live.")] = Path("mlruns.local"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
) -> None:
    """Run MLflow in one process on SQLite and a local folder, until interrupted; no cluster is needed.

    Example: mlops tracking serve --folder ~/mlflow --port 5000
    """
    folder = folder.expanduser().resolve()
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    # Without a proxy for artifacts, so that clients and the model server behave as on the platform. MLflow's job
    # runner is on by default and costs 2 GB.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    print(f"export MLFLOW_TRACKING_URI=http://{host}:{port}\nexport MLOPS_AUDIT={folder / 'audit'}", flush=True)
    command = [
        sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", host, "--port", str(port),
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--default-artifact-root", (folder / "artifacts").as_uri(), "--no-serve-artifacts",
    ]  # fmt: skip
    os.execve(command[0], command, environment)


@app.command()
def upgrade(
    apply: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND", help="Do it; the command brings the new servers: 'make up', 'pulumi up --yes'."
        ),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Undo an upgrade that was killed.")] = False,
    model: Model = MODEL,
    alias: Alias = ALIAS,
    identity: Identity = None,
    place: Place = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Bring the platform's MLflow to the version of this checkout; shows what would be done, unless told to --apply.

    Servers are stopped, a set is taken, copies of the databases get the new schema, are compared and swapped in; the
    new servers must do what the old ones did. Whatever fails, the former servers and rows are back. Exit 1 when there
    is something to do, or it failed.

    Example: mlops tracking upgrade
    """
    from jobs.commands.ending import in_order
    from jobs.errors import ConfigError
    from jobs.settings import use_database, use_environment
    from jobs.upgrade import parts
    from jobs.upgrade.upgrade import go_back
    from jobs.upgrade.upgrade import upgrade as to_new

    if apply and back:
        raise ConfigError("forward or back", given="--apply and --back", allowed="one of them")
    bring_servers = _bringing(apply or "")
    use_database()
    use_environment()
    say = progress(as_json)
    if not apply and not back:
        _plan(as_json)
        return
    work = _work(bring_servers, (model, alias), identity, place, (kubeconfig, context), say)
    with in_order():
        if back:
            done = go_back(work)
            show({"back": done}) if as_json else say("" if done else "there is no upgrade to undo")
            return
        upgraded = to_new(work)
    if as_json:
        show(
            {
                "upgraded": {one.name: {"from": one.revision, "to": one.wanted} for one in upgraded.upgraded},
                "set": upgraded.set, "rows": upgraded.rows, "changed": list(upgraded.changed),
                "stopped": round(upgraded.stopped, 1), "databases": list(parts.NAMES),
            }
        )  # fmt: skip
    elif not upgraded.upgraded:
        print("every schema is this MLflow's")
    else:
        print(
            f"upgraded: {upgraded.rows} rows are the same, no server for {upgraded.stopped:.1f} s, set {upgraded.set}"
        )


def _plan(as_json: bool) -> None:
    from jobs.restore.admin import opened
    from jobs.upgrade import parts

    with opened() as admin:
        found, left = parts.look(admin), parts.unfinished(admin)
    kept = sorted(left.kept.values()) if left else []
    if as_json:
        show({"databases": [{"name": one.name, "revision": one.revision, "wanted": one.wanted, "behind": one.behind}
                            for one in found], "unfinished": kept})  # fmt: skip
    else:
        table(
            ["database", "revision", "this MLflow's", ""],
            [[one.name, one.revision or "-", one.wanted, "behind" if one.behind else "ok"] for one in found],
        )
        for name in kept:
            print(f"{name}: an upgrade was killed; --apply goes on with it, --back undoes it")
    if kept or any(one.behind for one in found):
        raise typer.Exit(1)


def _bringing(command: str) -> Callable[[], None]:
    """Runs it in the environment of this process as it was given. Raises ConfigError when there is no such program."""
    import shlex
    import shutil
    import subprocess

    from jobs.errors import ConfigError

    words, environment = shlex.split(command), dict(os.environ)
    if words and shutil.which(words[0]) is None:
        raise ConfigError("there is no such program", given=words[0], change="--apply 'make up' or 'pulumi up --yes'")

    def bring() -> None:
        from jobs.upgrade.errors import UpgradeError

        # Its words are progress.
        code = subprocess.run(words, env=environment, stdout=sys.stderr).returncode
        if code:
            raise UpgradeError("the new servers could not be brought", given=f"`{command}` ended with {code}")

    return bring


def _work(
    bring: Callable[[], None],
    champion: tuple[str, str],
    identity: Path | None,
    place: str | None,
    where: tuple[Path | None, str | None],
    say: Callable[[str], None],
) -> Work:
    from jobs.backup.seal import Opener, Sealer, identities, recipients
    from jobs.backup.sets import Sets
    from jobs.checks import selections
    from jobs.checks.run import run
    from jobs.checks.system import System
    from jobs.cluster.access import Access
    from jobs.cluster.workloads import Workloads
    from jobs.settings import Instance
    from jobs.upgrade.servers import NAMESPACE, Deployed
    from jobs.upgrade.upgrade import Work

    def check() -> list[str]:
        system = System(Instance.read().outputs(), *champion)
        asked = run(selections.UPGRADE, system, selections.VALIDATE_SECONDS)
        return [f"{one.name}: {one.says}" for one in asked if one.state == "bad"]

    servers = Deployed(Workloads(Access.choose(*where), NAMESPACE))
    return Work(
        servers, Sets.at(place), Sealer(recipients()), Opener(identities(identity)), bring, check, say
    )  # fmt: skip
