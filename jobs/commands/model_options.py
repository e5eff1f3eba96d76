"""What the commands of `mlops models` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.registry.versions import Registry

DEFAULT = "churn-classifier"
Name = Annotated[str, typer.Argument(help="Registered model.")]
Which = Annotated[str, typer.Argument(help="Number, or @alias.")]


def open_registry() -> Registry:
    """Raises ConfigError without MLflow's address."""
    from jobs.registry.versions import Registry
    from jobs.settings import TrackingSettings, use_environment

    use_environment()
    TrackingSettings.read()
    return Registry()
