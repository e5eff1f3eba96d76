"""Runs inside the image `predict`: enters the function with the bundle in /mnt as the image's own model."""

import json
import os
import sys
from pathlib import Path

FOLDER = Path("/mnt")

if __name__ == "__main__":
    os.environ |= {
        "MLOPS_MODEL_FOLDER": str(FOLDER / "artifacts/bundle"), "MLOPS_MODEL_VERSION": "1",
        "MLOPS_MODEL_DIGEST": (FOLDER / "digest").read_text(),
    }  # fmt: skip
    from functions.predict.handler import handle
    from jobs.bundle.prediction import TOLERANCE

    rows = json.loads((FOLDER / "artifacts/bundle/bundle.json").read_text())["golden"]
    said = handle({"records": [row["record"] for row in rows]}, None)
    off = max(abs(one["probability"] - row["probability"]) for one, row in zip(said["predictions"], rows, strict=True))
    sys.exit(f"a golden row is {off} off" if off > TOLERANCE else None)
