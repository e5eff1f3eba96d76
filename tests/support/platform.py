"""The running platform of the test instance, as a client outside the cluster sees it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.cluster.client import Cluster
from local.cluster.instance import Instance

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Platform:
    """Addresses and credentials from the stack's outputs; `first_up` is what the first `make up` printed."""

    instance: Instance
    first_up: str

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, with its secrets."""
        outputs: dict[str, Any] = json.loads((self.instance.folder / "outputs.json").read_text())
        return outputs

    @cached_property
    def key(self) -> dict[str, str]:
        """The header that the gateway wants."""
        return {"x-api-key": str(self.outputs["servingKey"])}

    @cached_property
    def api(self) -> Cluster:
        """The cluster's API."""
        return Cluster(self.instance.kubeconfig)

    @cached_property
    def environment(self) -> dict[str, str]:
        """What `mlops env` tells a plain client to export, on top of this process's environment."""
        printed = self.mlops("env").stdout
        exports = dict(line.removeprefix("export ").split("=", 1) for line in printed.splitlines() if "=" in line)
        return {name: value.strip("'\"") for name, value in exports.items()}

    @property
    def named(self) -> dict[str, str]:
        """The variables that say which instance is meant."""
        return {"MLOPS_INSTANCE": self.instance.name, "KUBECONFIG": str(self.instance.kubeconfig)}

    def mlops(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `./mlops ARGUMENTS` against this instance."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "AWS_"))}
        done = subprocess.run(
            [str(ROOT / "mlops"), *arguments],
            env=clean | self.named,
            capture_output=True,
            text=True,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def kubectl(self, *arguments: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs the toolchain's kubectl on this instance's cluster."""
        from local.cache import cache_root
        from local.toolchain.build import toolchain_folder

        command = [str(toolchain_folder(cache_root()) / "kubernetes"), "kubectl", *arguments]
        environment = os.environ | {"KUBECONFIG": str(self.instance.kubeconfig)}
        done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done
