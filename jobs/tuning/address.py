"""Where studies are: the platform's PostgreSQL, or a file of SQLite on a laptop."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobs.errors import ConfigError
from jobs.settings import Instance
from jobs.tuning.config import Heartbeat

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

URL = "MLOPS_STUDIES_URL"
DATABASE = "studies"
ROLE = "optuna"
LAPTOP = "sqlite:///studies.db"
ALLOWED = "postgresql://user@host/studies or sqlite:///file.db"


def studies_url(given: str | None = None) -> str:
    """`given`, MLOPS_STUDIES_URL, libpq's own variables, the instance's; else a file here. Raises ConfigError."""
    instance = Instance.read()
    by_variables = _by_variables() if os.environ.get("PGHOST") else None
    by_instance = _of(instance) if instance.in_use() else None
    url = given or os.environ.get(URL) or by_variables or by_instance or LAPTOP
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
    if not url.startswith(("postgresql://", "sqlite:///")):
        raise ConfigError("this is no address of studies", given=hide(url), allowed=ALLOWED)
    return url


def _of(instance: Instance) -> str | None:
    """The stack does not know where the instance keeps the certificate of its CA."""
    url = instance.outputs().get("studiesUrl")
    return f"{url}&sslrootcert={instance.folder / 'ca.crt'}" if url else None


def _by_variables() -> str:
    """Who and where stand in the address, because tokens are for them; libpq reads the rest, PGPASSWORD and TLS."""
    host, port = os.environ["PGHOST"], os.environ.get("PGPORT", "5432")
    return f"postgresql://{quote(os.environ.get('PGUSER', ROLE), safe='')}@{host}:{port}/{DATABASE}"


def on_postgres(url: str) -> bool:
    return url.startswith("postgresql://")


def hide(url: str) -> str:
    """Without the password."""
    return re.sub(r"://([^:/@]*):[^@]*@", r"://\1:…@", url)


def check_exists(url: str) -> None:
    """Raises ConfigError for a file that is not there: whoever only reads makes none."""
    if not on_postgres(url) and not Path(file := url.removeprefix("sqlite:///")).exists():
        raise ConfigError(
            "there is no such file of studies", given=f"{url} (in {Path.cwd()})" if not file.startswith("/") else url,
            allowed=ALLOWED, change=f"set {URL} or --storage, or make one with `mlops tune create CONFIG`",
        )  # fmt: skip


def open_storage(url: str, heartbeat: Heartbeat | None = None, retries: int = 3) -> BaseStorage:
    """Makes missing tables. Raises UnreachableError, ConfigError."""
    from optuna.storages import RetryHeartbeatStaleTrialCallback

    beat = heartbeat or Heartbeat()
    again = RetryHeartbeatStaleTrialCallback(max_retry=retries)
    if on_postgres(url):
        from jobs.tuning.postgres.storage import PostgresStorage

        return PostgresStorage(url, heartbeat_interval=beat.interval, grace_period=beat.grace, silent_trial=again)
    return _sqlite(url, beat, again)


def _sqlite(url: str, beat: Heartbeat, again: object) -> BaseStorage:
    from optuna.storages import RDBStorage, get_storage
    from sqlalchemy.exc import SQLAlchemyError

    options = {"connect_args": {"timeout": 30}}
    try:
        storage = RDBStorage(
            url, engine_kwargs=options, heartbeat_interval=beat.interval, grace_period=beat.grace,
            heartbeat_stale_trial_callback=again,  # type: ignore[arg-type]  # BaseStorage's own type of it is narrower
        )  # fmt: skip
    except SQLAlchemyError as error:
        raise ConfigError(
            "the file of studies cannot be opened", given=url, details=(str(error).splitlines()[0],),
            change="give --storage a file of studies, in a folder that is there",
        ) from error  # fmt: skip
    return get_storage(storage)
