"""Every Kubernetes object of every stack has the shape that the pinned API server wants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kubeconform import complaints
from tests.support.recording import Secret
from tests.support.stack import stack

pytestmark = pytest.mark.engine


def plain(tree: Any) -> Any:
    if isinstance(tree, Secret):
        return plain(tree.value)
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(value) for value in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_the_api_server_knows_every_field_of_every_object(name: str) -> None:
    objects = [plain(resource.inputs) for resource in stack(name).resources if resource.type.startswith("kubernetes:")]
    assert len(objects) > 50
    assert complaints(objects) == []
