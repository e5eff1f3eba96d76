"""`mlops health` and `mlops validate`."""

from __future__ import annotations

from jobs.commands.checks import ALIAS, MODEL, Alias, Model, answer
from jobs.commands.output import Json


def health(model: Model = MODEL, alias: Alias = ALIAS, as_json: Json = False) -> None:
    """Ask every part of the platform, within three seconds; exit 1 when one is bad.

    Example: mlops health --json
    """
    from jobs.checks import selections
    from jobs.checks.run import load
    from jobs.checks.started import left
    from jobs.checks.system import System
    from jobs.errors import ConfigError
    from jobs.settings import Instance, use_environment

    use_environment()
    system = System(Instance.read().outputs(), model, alias)
    if system.address("trackingUri") is None:
        raise ConfigError("there is nothing to ask", change="run `make up`, or set MLFLOW_TRACKING_URI")
    load()
    answer(selections.HEALTH, system, left(selections.HEALTH_SECONDS, selections.HEALTH_LEAST), as_json)


def validate(model: Model = MODEL, alias: Alias = ALIAS, as_json: Json = False) -> None:
    """Check the complete platform from outside, as a user would; exit 1 and what to do when something is wrong.

    It predicts, makes a run and puts an object, and takes both away again.

    Example: mlops validate
    """
    from functools import partial

    from jobs.checks import selections
    from jobs.checks.system import System
    from jobs.deployment.targets import target_of
    from jobs.settings import Instance, use_environment

    use_environment()
    system = System(Instance.read().outputs(), model, alias, target=partial(target_of, "k8s", model, alias=alias))
    answer(selections.VALIDATE, system, selections.VALIDATE_SECONDS, as_json)
