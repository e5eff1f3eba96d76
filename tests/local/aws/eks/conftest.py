"""One simulated EKS for all tests of this folder."""

from collections.abc import Iterator

import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster, eks_cluster
from local.cache import cache_root
from local.progress import Progress


@pytest.fixture(scope="package")
def eks() -> Iterator[EksCluster]:
    """The running cluster."""
    access = Access("mlops-test", "eu-central-1", endpoints={})
    with eks_cluster(
        cache_root(), Progress(), access=access, secrets={"AKIATEST": "secret"}, instance="eks-test"
    ) as cluster:
        yield cluster
