"""Somebody else's rules about Kubernetes objects, on the objects of every stack."""

from pathlib import Path

import pytest
import yaml

from tests.support.checkov import failed_checks
from tests.support.manifests import manifests

SKIPPED = {
    "CKV_K8S_35": "secrets as environment: MLflow's client, boto3 and libpq in one process read them from there only",
}
# One machine has no registry that could be asked again, or give an image a digest: tags are digests of what images are
# built from.
SKIPPED_LOCAL = {"CKV_K8S_15": "pull policy Always", "CKV_K8S_43": "images by digest"}


@pytest.fixture(params=["local", "dev", "prod"])
def stack_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_object_passes_every_check_that_is_not_skipped_by_name(stack_name: str, tmp_path: Path) -> None:
    for name, manifest in manifests(stack_name).items():
        (tmp_path / f"{name}-{manifest['kind'].lower()}.yaml").write_text(yaml.safe_dump(manifest))
    skipped = SKIPPED | (SKIPPED_LOCAL if stack_name == "local" else {})

    failed = failed_checks(tmp_path)

    assert {check: where for check, where in failed.items() if check not in skipped} == {}
    assert skipped.keys() - failed.keys() == set(), "a skip that nothing needs any more: remove it"


def test_a_pod_that_runs_as_root_fails(tmp_path: Path) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump(pod))

    assert "CKV_K8S_23" in failed_checks(tmp_path)
