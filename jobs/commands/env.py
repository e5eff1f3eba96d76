"""`mlops env`."""

from __future__ import annotations

import shlex

from jobs.commands.output import Json, show


def env(as_json: Json = False) -> None:
    """Print the variables that plain `mlflow`, boto3 and HTTP clients need to use this machine's platform.

    Example: eval "$(mlops env)" && mlflow experiments search
    """
    from jobs.errors import ConfigError
    from jobs.settings import Instance

    instance = Instance.read()
    environment = instance.environment()
    if not environment:
        raise ConfigError("there is no running instance", given=instance.folder, change="run `make up`")
    if as_json:
        show(environment)
        return
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")
