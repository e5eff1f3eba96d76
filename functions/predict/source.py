"""Where the function's model comes from: its own image, or the registry and the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlparse

from functions.predict.environment import Environment
from jobs.bundle.files import MAX_BYTES, copy_of_model
from jobs.bundle.row_scorer import load_row_scorer
from jobs.errors import ConfigError
from jobs.registry.champion import Champion, ChampionReader
from jobs.serving.model import ModelHolder, warm_up
from jobs.serving.served import Served

LOG = logging.getLogger("mlops.serving")
# A start has 10 s, and later a request waits for this look-up: better the old model than a late answer.
REGISTRY_SECONDS = 2.0


class Source(Protocol):
    """What is served now, or why nothing is. `refresh` never raises."""

    served: Served | None
    problem: str | None

    def refresh(self) -> bool: ...


@dataclass
class Carried:
    """The image's own model: it never changes."""

    served: Served | None
    problem: str | None = None

    def refresh(self) -> bool:
        return False


def source_of(environment: Environment) -> Source:
    """Raises BundleError when the image's bundle is not the pinned one."""
    if environment.model_version and environment.model_folder.is_dir():
        return _carried(environment)
    reader: list[ChampionReader] = []

    def look() -> Champion:
        # The password is read when the registry is first asked, and again while that fails.
        if not reader:
            reader.append(ChampionReader(_Tracking.read(environment), REGISTRY_SECONDS))
        found = reader[0].at(
            environment.model_name, environment.model_alias, environment.model_place, environment.model_version
        )
        if environment.model_digest and found.digest != environment.model_digest:
            raise ConfigError(
                "the registry has another bundle than the function is told", given=found.digest,
                allowed=environment.model_digest, change="deploy the version again",
            )  # fmt: skip
        return found

    return ModelHolder(look, _fetch, load_row_scorer, lambda _: None)


def _carried(environment: Environment) -> Carried:
    folder = environment.model_folder
    champion = Champion(environment.model_name, environment.model_version, environment.model_digest, str(folder))
    scorer = load_row_scorer(folder, environment.model_digest)
    warm_up(scorer)
    LOG.info(
        "model loaded", extra={"model": champion.model, "version": champion.version, "digest": champion.digest}
    )  # fmt: skip
    return Carried(Served(champion, scorer))


@dataclass(frozen=True)
class _Tracking:
    uri: str
    auth: tuple[str, str] | None

    @classmethod
    def read(cls, environment: Environment) -> _Tracking:
        password = environment.password
        if not password and environment.password_arn:
            from functions.predict.aws import get_secret

            password = get_secret(environment.password_arn)
        return cls(environment.uri, (environment.username, password) if environment.username and password else None)


def _fetch(location: str, folder: Path) -> Path:
    return copy_of_model(location, folder, _read)


def _read(url: str) -> bytes:
    from functions.predict.aws import get_object

    parts = urlparse(url)
    return get_object(parts.netloc, parts.path.lstrip("/"), MAX_BYTES)
