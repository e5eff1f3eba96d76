"""The served model: loaded beside the old one, verified, warmed up, then swapped by one assignment."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.prediction import Predicts
from jobs.errors import MlopsError, RegistryError, explain
from jobs.registry.champion import Champion, NoChampionError
from jobs.serving.served import Served

LOG = logging.getLogger("mlops.serving")
WARM_UPS = 20

# Where a version's artifacts are, a folder to fetch into → the folder of the bundle, not verified.
Fetch = Callable[[str, Path], Path]
# The folder of a bundle and the digest that it has to have → the bundle, verified.
Load = Callable[[Path, str], Predicts]


class ModelHolder:
    """Holds what is served now. `refresh` runs in one thread; requests read `served` and keep what they read.

    `look` asks the registry which version is to be served. `vacant`: it names none. `refused`: it names one that could
    not be loaded.
    """

    def __init__(
        self, look: Callable[[], Champion], fetch: Fetch, load: Load, on_swap: Callable[[Served], None]
    ) -> None:
        self._look = look
        self._fetch = fetch
        self._load = load
        self._on_swap = on_swap
        self.served: Served | None = None
        self.problem: str | None = "no model was loaded yet"
        self.refused = False
        self.vacant = False

    def refresh(self) -> bool:
        """Follows the alias once → whether the model was swapped. Never raises: `problem` says why not."""
        refused = False
        try:
            champion = self._look()
            self.vacant = False
            if self.served is not None and self.served.champion == champion:
                self._note(None, refused)
                return False
            refused = True
            served = Served(champion, self._verified(champion))
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

    def _verified(self, champion: Champion) -> Predicts:
        """Raises MlopsError on anything that is not the registered, verified bundle."""
        if not champion.digest:
            raise RegistryError(
                f"version {champion.version} has no tag {BUNDLE_TAG}, so it cannot be verified",
                change="register it with `mlops models register`, then promote it",
            )
        with tempfile.TemporaryDirectory(prefix="mlops-model-") as folder:
            scorer = self._load(self._fetch(champion.location, Path(folder)), champion.digest)
        warm_up(scorer)
        return scorer


def warm_up(scorer: Predicts) -> None:
    """The first predictions are slow, and a model that does not answer is none. Raises MlopsError."""
    records = [row.record for row in scorer.manifest.golden]
    for _ in range(WARM_UPS):
        scorer.predict_records(records)
    if len(scorer.predict_records(records)) != len(records):
        raise MlopsError("the model does not answer every row")
