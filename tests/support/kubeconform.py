"""Checks Kubernetes objects against the schemas of the pinned API server, without one running."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from local.aws.eks.schemas import LOCATION, build_schemas
from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain


def complaints(objects: Sequence[dict[str, Any]]) -> list[str]:
    """What is wrong with the objects, a line for each that the API server would not know what to do with."""
    cache, report = cache_root(), Progress()
    program = build_toolchain(cache, report, ("kubeconform",)) / "kubeconform"
    location = build_schemas(cache, report) / LOCATION
    command = [str(program), "-output", "json", "-schema-location", str(location)]
    given = "---\n".join(json.dumps(item) + "\n" for item in objects)
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"kubeconform said nothing: {done.stderr}")
    found = json.loads(done.stdout)["resources"]
    return [f"{item['kind']} {item['name']}: {item['msg']}" for item in found]
