"""JSON schemas of every kind that the pinned API server serves, for kubeconform, out of the server's own OpenAPI.

Fields that the server does not know are refused, as it refuses them itself under strict field validation. What it
checks beyond shape (names, immutability, Pod Security, quotas) only the running server knows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.aws.eks.access import Access
from local.aws.eks.cluster import eks_cluster
from local.cache import digest
from local.cluster.client import Cluster
from local.toolchain.tools import TOOLS

# As `kubeconform -schema-location` wants it.
LOCATION = "{{.ResourceKind}}{{.KindSuffix}}.json"
_PREFIX = "apis/"
_NOT_NEEDED = ("description", "default")


def build_schemas(cache: Path, report: Callable[[str], None]) -> Path:
    """The folder with the schemas, made once for each pinned Kubernetes by starting it."""
    kubernetes = next(tool for tool in TOOLS if tool.name == "kubernetes")
    folder = cache / "schemas" / digest(kubernetes.digest, Path(__file__).read_bytes())
    if folder.exists():
        return folder
    report("reading the kinds that Kubernetes serves")
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    access = Access("schemas", "eu-central-1", endpoints={})
    with eks_cluster(cache, report, access=access, secrets={}, instance="eks-schemas") as cluster:
        write_schemas(cluster.api, unfinished)
    unfinished.rename(folder)
    return folder


def write_schemas(api: Cluster, folder: Path) -> None:
    """Writes a file for each group and version, and one for each kind that refers to it."""
    for path, found in api.get("/openapi/v3")["paths"].items():
        if path.count("/") == (2 if path.startswith(_PREFIX) else 1) and path.startswith(("api/", _PREFIX)):
            schemas = api.get(found["serverRelativeURL"])["components"]["schemas"]
            shared = path.removeprefix(_PREFIX).replace("/", "_") + ".json"
            strict = {name: strict_schema(schema) for name, schema in schemas.items()}
            (folder / shared).write_text(json.dumps({"components": {"schemas": strict}}))
            for file, name in kinds(schemas):
                (folder / file).write_text(json.dumps({"$ref": f"{shared}#/components/schemas/{name}"}))


def kinds(schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """File and name of every schema that is of exactly one kind, not of every kind at once like DeleteOptions."""
    for name, schema in schemas.items():
        match schema.get("x-kubernetes-group-version-kind"):
            case [{"group": group, "version": version, "kind": kind}]:
                # Of the group, kubeconform keeps what is before the first dot.
                suffix = f"{group.split('.')[0]}-{version}" if group else version
                yield f"{kind}-{suffix}.json".lower(), name


def strict_schema(schema: Any) -> Any:
    """The schema without prose, and with no fields but its own wherever it names any."""
    if isinstance(schema, list):
        return [strict_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in _NOT_NEEDED or isinstance(value, dict)}
    made = {key: strict_schema(value) for key, value in kept.items()}
    # By its type: a field may be called `properties` too.
    return made | {"additionalProperties": False} if "properties" in schema and schema.get("type") == "object" else made
