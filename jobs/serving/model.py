"""The served model: loaded beside the old one, verified, warmed up, then swapped by one assignment."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.errors import MlopsError, RegistryError, explain
from jobs.registry.champion import Champion, NoChampionError

LOG = logging.getLogger("mlops.serving")
WARM_UPS = 20


class Reader(Protocol):
    def read(self, model: str, alias: str) -> Champion: ...


@dataclass(frozen=True, slots=True)
class Served:
    """A verified model and the version it is."""

    champion: Champion
    scorer: Scorer


class ModelHolder:
    """Holds what is served now. `refresh` runs in one thread; requests read `served` and keep what they read.

    `vacant`: the registry names no version. `refused`: it names one that could not be loaded.
    """

    def __init__(self, reader: Reader, model: str, alias: str, on_swap: Callable[[Served], None]) -> None:
        self._reader = reader
        self._model = model
        self._alias = alias
        self._on_swap = on_swap
        self.served: Served | None = None
        self.problem: str | None = "no model was loaded yet"
        self.refused = False
        self.vacant = False

    def refresh(self) -> bool:
        """Follows the alias once → whether the model was swapped. Never raises: `problem` says why not."""
        refused = False
        try:
            champion = self._reader.read(self._model, self._alias)
            self.vacant = False
            if self.served is not None and self.served.champion == champion:
                self._note(None, refused)
                return False
            refused = True
            served = Served(champion, _load(champion))
        except Exception as error:
            self.vacant = isinstance(error, NoChampionError)
            known = explain(error)
            if known is None:
                LOG.exception("refresh failed")
            self._note(str(known or f"{type(error).__name__}: {error}"), refused)
            return False
        self.served = served
        self._on_swap(served)
        self._note(None, refused=False)
        LOG.info(
            "model loaded", extra={"model": champion.model, "version": champion.version, "digest": champion.digest}
        )
        return True

    def _note(self, problem: str | None, refused: bool) -> None:
        self.refused = refused
        if problem is not None and problem != self.problem:
            LOG.warning("the champion is not served", extra={"reason": problem})
        self.problem = problem


def _load(champion: Champion) -> Scorer:
    """Raises MlopsError on anything that is not the registered, verified bundle."""
    if not champion.digest:
        raise RegistryError(
            f"version {champion.version} has no tag {BUNDLE_TAG}, so it cannot be verified",
            change="register it with `mlops models register`, then promote it",
        )
    with tempfile.TemporaryDirectory(prefix="mlops-model-") as folder:
        scorer = load_scorer(fetch_model(champion.location, Path(folder)), champion.digest)
    records = [row.record for row in scorer.manifest.golden]
    for _ in range(WARM_UPS):
        scorer.predict_records(records)
    if len(scorer.predict_records(records)) != len(records):
        raise MlopsError("the model does not answer every row")
    return scorer
