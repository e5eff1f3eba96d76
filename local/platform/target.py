"""Where the cluster is: the one node started here, or the user's own cluster that the stack's settings name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes.config import ConfigException

from local.cluster.client import Cluster
from local.cluster.instance import Instance
from local.errors import LocalError

ROOT = Path(__file__).parents[2]
SETTING = "mlops:cluster"
CONTEXT = "mlops"
NAMESPACES = ("ml-platform", "ml-training", "ml-monitoring", "ml-serving")
# What of a kubeconfig's entries are paths, read as relative to its own folder.
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True)
class Target:
    """The cluster that one instance's stack goes to. `ours`: `make up` starts it and builds its images."""

    kubeconfig: Path
    context: str
    node_address: str
    ours: bool

    def settings(self) -> dict[str, str]:
        """The values of `mlops:cluster`."""
        return {"kubeconfig": str(self.kubeconfig), "context": self.context, "nodeAddress": self.node_address}

    def connect(self) -> Cluster:
        """A client of the cluster, which need not answer yet."""
        try:
            return Cluster(self.kubeconfig, self.context)
        except (ConfigException, OSError) as error:
            raise LocalError(f"{self}: {error}; change {SETTING} in Pulumi.local.yaml") from error

    def __str__(self) -> str:
        return f"context {self.context!r} of {self.kubeconfig}"


def names_a_cluster(config: Mapping[str, Any]) -> bool:
    """Whether a stack file's content names a cluster, so that none is to be started."""
    return "kubeconfig" in config["config"].get(SETTING, {})


def target_of(config: Mapping[str, Any], instance: Instance) -> Target:
    """The target that a stack file's content gives the instance. Pure."""
    given = config["config"].get(SETTING, {})
    own = {"kubeconfig": str(instance.kubeconfig), "context": CONTEXT, "nodeAddress": instance.node_address}
    ours = given.get("kubeconfig", own["kubeconfig"]) == own["kubeconfig"]
    kubeconfig = instance.kubeconfig if ours else ROOT / Path(given["kubeconfig"]).expanduser()
    if not ours and (missing := [key for key in own if key not in given]):
        raise LocalError(f"{SETTING} names the cluster of {kubeconfig} and must say {' and '.join(missing)} too")
    values = {**own, **given}
    return Target(kubeconfig, values["context"], values["nodeAddress"], ours)


def client_kubeconfig(target: Target, instance: Instance) -> Path:
    """A kubeconfig whose current context is the target's, for programs that only take a file."""
    if target.ours:
        return target.kubeconfig
    try:
        content = yaml.safe_load(target.kubeconfig.read_text())
    except OSError as error:
        raise LocalError(f"{target}: {error}") from error
    content["current-context"] = target.context
    entries = [entry.get(kind) or {} for kind in ("cluster", "user") for entry in content.get(f"{kind}s") or ()]
    for entry in entries:
        for key in _PATHS:
            if key in entry:
                entry[key] = str(target.kubeconfig.parent / entry[key])
    handed = instance.folder / "target.kubeconfig"
    handed.touch(mode=0o600)
    handed.write_text(yaml.safe_dump(content))
    return handed
