"""`make env`: what a shell needs to look after one instance by hand, as `export` lines."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from local.cluster.registry import find_instance
from local.errors import LocalError
from local.platform.engine import ROOT, STACK, Engine
from local.platform.stack_config import read_recorded
from local.platform.target import client_kubeconfig, target_of
from local.toolchain.build import toolchain_folder


def exports(cache: Path, name: str) -> str:
    """Variables for `kubectl`, `pulumi` and `mlops`; no secret among them. Raises LocalError without the instance."""
    instance = find_instance(cache, name)
    if instance is None:
        raise LocalError(f"instance {name!r} does not exist in {cache}: make up")
    toolchain = toolchain_folder(cache)
    programs = instance.folder / "bin"
    programs.mkdir(exist_ok=True)
    for program, target in (("kubectl", toolchain / "kubernetes"), ("mlops", ROOT / "mlops")):
        (programs / program).unlink(missing_ok=True)
        (programs / program).symlink_to(target)
    engine = Engine(instance.folder, toolchain)
    variables = {key: value for key, value in engine.environment().items() if os.environ.get(key) != value}
    # The launchers set it themselves; in a user's shell it would reach every other Python program.
    variables.pop("PYTHONPATH", None)
    variables |= {
        "INSTANCE": name,
        "MLOPS_CACHE": str(cache.absolute()),
        "MLOPS_INSTANCE": name,
        "KUBECONFIG": str(client_kubeconfig(target_of(read_recorded(instance), instance), instance)),
        "PATH": f"{programs}:{engine.environment()['PATH']}",
        "PULUMI_OPTION_STACK": STACK,
        "PULUMI_OPTION_CONFIG_FILE": str(engine.config_file),
    }
    return "".join(f"export {key}={shlex.quote(value)}\n" for key, value in sorted(variables.items()))
