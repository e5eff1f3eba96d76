"""The kinds of config there are; each is read by the model that its `kind` names."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import yaml

from jobs.config import Frozen, parse, read
from jobs.errors import ConfigError

# Module and class by name: knowing them all must not import them all.
KINDS = {
    "experiment": ("jobs.training.config", "Experiment"),
    "monitoring": ("jobs.monitoring.config", "Monitoring"),
    "pipeline": ("jobs.datasets.config", "Pipeline"),
    "rollout": ("jobs.deployment.policy", "RolloutPolicy"),
    "study": ("jobs.tuning.config", "Study"),
}


def load_any(path: Path) -> Frozen:
    """A config of any kind. Raises ConfigError, also for a kind that is missing or not known."""
    text = read(path)
    module, name = KINDS[_kind(text, path)]
    model: type[Frozen] = getattr(import_module(module), name)
    return parse(model, text, str(path))


def _kind(text: str, path: Path) -> str:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no valid YAML", details=tuple(str(error).splitlines())) from error
    kind = data.get("kind") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind in KINDS:
        return kind
    raise ConfigError(
        f"{path} is of no known kind",
        given=f"kind: {kind}" if isinstance(data, dict) else type(data).__name__,
        allowed="kind: " + ", ".join(KINDS),
    )
