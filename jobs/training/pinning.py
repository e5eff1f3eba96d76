"""An experiment whose data cannot change under it."""

from __future__ import annotations

import yaml

from jobs.training.config import Experiment


def pinned(text: str, experiment: Experiment) -> tuple[str, Experiment]:
    """Config and experiment with the snapshot that counts now, for every worker and for whoever reads the run later.

    Without a dataset both are what was given. Raises DataError when there is no snapshot.
    """
    data = experiment.data.pinned()
    if data == experiment.data:
        return text, experiment
    fixed = experiment.model_copy(update={"data": data})
    return yaml.safe_dump(fixed.model_dump(mode="json"), sort_keys=False), fixed
