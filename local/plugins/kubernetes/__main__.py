"""`pulumi-resource-kubernetes [flags] ENGINE`: the process behind the launcher in `local/plugins/bin`."""

from __future__ import annotations

import sys

from local.plugins.kubernetes.servicer import KubernetesProvider
from local.plugins.serving import run

run(KubernetesProvider, sys.argv[1:])
