"""`mlops tune`: studies of Optuna on the platform's PostgreSQL, or on SQLite."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.commands.output import Json, progress, show, table, writing

app = typer.Typer(help="Search for the best parameters.", no_args_is_help=True)

Config = Annotated[Path, typer.Argument(help="Study as YAML.")]
Name = Annotated[str, typer.Argument(help="Name of a study.")]
Storage = Annotated[
    str | None,
    typer.Option(
        envvar="MLOPS_STUDIES_URL",
        help="postgresql://… or sqlite:///FILE; default: by PGHOST …, the instance's, sqlite:///studies.db.",
    ),
]


class Place(StrEnum):
    """Where workers run."""

    here = "here"
    k8s = "k8s"


class Sampler(StrEnum):
    """How the next parameters are drawn."""

    tpe = "tpe"
    random = "random"
    qmc = "qmc"
    nsgaii = "nsgaii"


class Pruner(StrEnum):
    """When a trial ends before its last fold."""

    none = "none"
    median = "median"
    percentile = "percentile"
    successive_halving = "successive-halving"
    hyperband = "hyperband"


@app.command()
def validate(config: Config, as_json: Json = False) -> None:
    """Check a study and its experiment without running them; exit 2 names every wrong key, its value and the rule.

    Example: mlops tune validate configs/optuna_study.yaml
    """
    from jobs.tuning.studies import read_asked

    asked = read_asked(config)
    if as_json:
        show(asked.study.model_dump(mode="json"))
    else:
        kinds = ", ".join(space.kind for space in asked.study.space)
        print(f"{config} is valid: study {asked.study.study} of {kinds} by {asked.metric}")


@app.command()
def schema() -> None:
    """Print the JSON schema of a study: every key, its default and its rule.

    Example: mlops tune schema
    """
    from jobs.tuning.config import Study

    show(Study.model_json_schema())


@app.command()
def create(config: Config, storage: Storage = None, as_json: Json = False) -> None:
    """Make the study without running it; one that is there is left as it is, and refused if it searches another space.

    Example: mlops tune create configs/optuna_study.yaml
    """
    from jobs.tuning.address import hide
    from jobs.tuning.studies import create as make
    from jobs.tuning.studies import read_asked

    asked = read_asked(config)
    url, opened = _open(storage, asked.study)
    _, new = make(asked, opened)
    if as_json:
        show({"study": asked.study.study, "storage": hide(url), "created": new})
    else:
        print(f"study {asked.study.study} {'created' if new else 'exists'} on {hide(url)}")


@app.command()
def run(
    config: Config,
    trials: Annotated[
        int | None, typer.Option(min=1, help="That the study shall have in the end; default: the config's.")
    ] = None,
    timeout: Annotated[
        int | None, typer.Option(min=1, help="Seconds; finished trials are kept; default: the config's.")
    ] = None,
    sampler: Annotated[Sampler | None, typer.Option(help="From now on; default: the study's.")] = None,
    pruner: Annotated[Pruner | None, typer.Option(help="From now on; default: the study's.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes here (default 1), or pods (default: the config's).")
    ] = None,
    on: Annotated[Place, typer.Option(help="Here, or as an Indexed Job from the PodTemplate `tuning`.")] = Place.here,
    wait: Annotated[bool, typer.Option(help="Wait for the Job and stream its log.")] = True,
    kubeconfig: Annotated[Path | None, typer.Option(help="As for `mlops train run`.")] = None,
    context: Annotated[str | None, typer.Option(help="Of the kubeconfig.")] = None,
    storage: Storage = None,
    worker: Annotated[int | None, typer.Option(hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Run trials until the study has enough of them; run it again to go on after a stop, a crash or a timeout.

    SIGTERM or Ctrl-C finish the trials that run. A worker that dies loses nothing: another one begins its trial again.

    Example: mlops tune run configs/optuna_study.yaml --trials 4 --timeout 600 --sampler tpe --pruner median --workers 1
    """
    from jobs.tuning.address import studies_url
    from jobs.tuning.running import Options, check_workers, run_here, run_on_cluster
    from jobs.tuning.studies import read_asked

    asked = read_asked(config)
    say = progress(as_json)
    options = Options(
        config=config, trials=trials or asked.study.trials, timeout=timeout or asked.study.timeout,
        sampler=sampler.value if sampler else None, pruner=pruner.value if pruner else None,
    )  # fmt: skip
    if on is Place.k8s:
        outcome = run_on_cluster(options, workers, kubeconfig, context, wait, say)
    else:
        check_workers(workers or 1, studies_url(storage))
        url, opened = _open(storage, asked.study)
        outcome = run_here(asked, options, url, opened, workers or 1, worker, say)
    if as_json:
        show(outcome)
    elif worker is None and "best" in outcome:
        print("best: " + ("none yet" if outcome["best"] is None else f"{outcome['best']['candidate']}"))


@app.command()
def status(
    name: Annotated[str | None, typer.Argument(help="Of a study; without one, all are listed.")] = None,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """How far a study is: trials by state, best value, when the last one ended.

    Example: mlops tune status churn-xgboost
    """
    from jobs.tuning.address import hide
    from jobs.tuning.state import state_of, states

    url, opened = _open(storage)
    found: Any = state_of(name, opened) if name else {"storage": hide(url), "studies": states(opened)}
    if as_json:
        show(found)
        return
    listed = [found] if name else found["studies"]
    if not listed:
        print(f"no studies on {hide(url)}")
        return
    keys = ["study", "trials", "complete", "pruned", "failed", "lost", "running", "waiting", "metric", "best", "last"]
    table(keys, [["-" if one[key] is None else one[key] for key in keys] for one in listed])


@app.command()
def trials(
    name: Name,
    csv: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    storage: Storage = None,
) -> None:
    """Every trial with its parameters as CSV.

    Example: mlops tune trials churn-xgboost --csv trials.csv
    """
    from jobs.tuning.history import as_csv
    from jobs.tuning.studies import find

    text = as_csv(find(name, _open(storage)[1]).live.get_trials(deepcopy=False))
    if csv is None:
        print(text, end="")
    else:
        with writing(csv):
            csv.write_text(text)
        print(f"{text.count(chr(10)) - 1} trials in {csv}")


@app.command()
def plot(
    name: Name,
    folder: Annotated[Path, typer.Option(help="Where the PNG files are written.")] = Path("plots"),
    storage: Storage = None,
) -> None:
    """Plot values over time, over each parameter, and which parameters matter.

    Example: mlops tune plot churn-xgboost --folder plots
    """
    from jobs.tuning.plots import write
    from jobs.tuning.studies import find

    found = find(name, _open(storage)[1])
    with writing(folder):
        for path in write(found, folder):
            print(path)


@app.command()
def best(name: Name, storage: Storage = None) -> None:
    """The best trial as JSON; its `candidate` can stand in an experiment as it is.

    Example: mlops tune best churn-xgboost
    """
    from jobs.tuning.history import winner
    from jobs.tuning.outcomes import best as best_of
    from jobs.tuning.studies import StudyError, find

    found = find(name, _open(storage)[1])
    trial = best_of(found.live.get_trials(deepcopy=False), found.asked.lower_is_better)
    if trial is None:
        raise StudyError("this study has no complete trial", given=name, change="run it: `mlops tune run`")
    show(winner(found.asked, trial))


@app.command()
def sampler(
    name: Name,
    to: Annotated[Sampler | None, typer.Argument(help="From now on; without one, the present one is told.")] = None,
    storage: Storage = None,
) -> None:
    """Tell or change how a study draws parameters; workers that run take it over within seconds.

    Example: mlops tune sampler churn-xgboost random
    """
    from jobs.tuning.studies import SAMPLER, find

    found = find(name, _open(storage)[1])
    if to is not None:
        found.live.set_user_attr(SAMPLER, to.value)
    print(f"study {name}: sampler {found.sampler}")


@app.command()
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8082,
    storage: Storage = None,
) -> None:
    """Serve Optuna's dashboard until interrupted. It asks nobody who they are: do not offer it to others.

    Example: mlops tune dashboard --port 8082
    """
    from optuna_dashboard import run_server

    from jobs.tuning.address import hide

    url, opened = _open(storage)
    print(f"dashboard of {hide(url)} on http://{host}:{port}", flush=True)
    run_server(opened, host=host, port=port)


def _open(storage: str | None, study: Any = None) -> tuple[str, Any]:
    """Its address and Optuna's storage."""
    from jobs.tuning.address import check_exists, open_storage, studies_url
    from jobs.tuning.studies import silence

    silence()
    url = studies_url(storage)
    if study is None:
        check_exists(url)
        return url, open_storage(url)
    return url, open_storage(url, study.heartbeat, study.retries)
