"""Who may talk to whom: the one table that every security group rule comes from. Pure.

The security groups stand at the doors of machines; which pods may use them is for network policies to say. Load
balancers in front of pods have no group: the cluster opens their ports in the group that EKS makes for its nodes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where traffic goes that no group of ours stands for."""

    S3 = "s3"
    BALANCERS = "balancers"
    INTERNET = "internet"


# AWS replaces a group whose description changes.
GROUPS: Mapping[str, str] = {
    "api": "Control plane of the cluster",
    "nodes": "Nodes of the cluster and the pods on them",
    "database": "PostgreSQL",
    "endpoints": "VPC endpoints of AWS services",
    "functions": "Lambda functions",
    "sagemaker": "SageMaker endpoints",
}


@dataclass(frozen=True)
class Traffic:
    """One row. Without a port: every protocol."""

    source: str
    target: str | Place
    port: int | None
    why: str


TRAFFIC = (
    Traffic("nodes", "nodes", None, "pods talk through their nodes; network policies say which"),
    Traffic("nodes", "database", 5432, "MLflow, studies and backups"),
    Traffic("nodes", "endpoints", 443, "nodes and pods call AWS"),
    Traffic("nodes", Place.S3, 443, "artifacts, features, backups and the layers of images"),
    Traffic("nodes", Place.INTERNET, 443, "what no VPC endpoint serves"),
    Traffic("functions", "endpoints", 443, "functions call AWS"),
    Traffic("functions", Place.S3, 443, "the model that is served"),
    Traffic("functions", Place.BALANCERS, 443, "the registry says which model is served"),
    Traffic("sagemaker", "endpoints", 443, "models call AWS"),
    Traffic("sagemaker", Place.S3, 443, "the model that is served"),
    Traffic("sagemaker", Place.BALANCERS, 443, "the registry says which model is served"),
)


def traffic(*, internet: bool) -> Iterator[Traffic]:
    """The rows that hold; without a NAT gateway there is no way to the internet that a rule could open."""
    return (row for row in TRAFFIC if internet or row.target is not Place.INTERNET)
