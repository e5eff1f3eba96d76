"""Options of every command that speaks to the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.cluster.run import Cluster

Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        help="Default: the instance's, unless MLFLOW_TRACKING_URI names another server; $KUBECONFIG; in-cluster."
    ),
]
Context = Annotated[
    str | None, typer.Option(help="Of the kubeconfig; default: the instance's clusterContext, the current one.")
]


def connect(kubeconfig: Path | None, context: str | None) -> Cluster:
    """Raises ConfigError when no cluster is known."""
    from jobs.cluster.access import Access
    from jobs.cluster.run import Cluster

    return Cluster(Access.choose(kubeconfig, context))
