"""Writes `docs/settings.schema.json`, which editors use to complete and check stack files."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from infra.settings.models import Settings

PATH = Path(__file__).parents[2] / "docs" / "settings.schema.json"


def schema() -> str:
    """The JSON schema of all settings, as it is committed."""
    return json.dumps(TypeAdapter(Settings).json_schema(by_alias=True), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema())
    print(f"wrote {PATH}")
