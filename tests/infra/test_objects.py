"""Every Kubernetes object of every stack has the shape that the pinned API server wants."""

from __future__ import annotations

import pytest

from tests.support.kubeconform import complaints
from tests.support.recording import opened
from tests.support.stack import stack

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_the_api_server_knows_every_field_of_every_object(name: str) -> None:
    objects = [opened(resource.inputs) for resource in stack(name).resources if resource.type.startswith("kubernetes:")]
    assert len(objects) > 50
    assert complaints(objects) == []
