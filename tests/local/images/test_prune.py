"""Pruning on a cache of its own, with the real builder."""

from pathlib import Path

import pytest

from local.cache import cache_root
from local.cluster.node_root import build_node_root
from local.images import Image, prune_images

pytestmark = pytest.mark.cluster


def test_only_replaced_archives_are_deleted(tmp_path: Path) -> None:
    node_root = build_node_root(cache_root(), print)
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("serving-aaaaaaaaaaaa.tar", "serving-bbbbbbbbbbbb.tar"):
        (folder / name).touch()
    kept = Image("serving", "mlops.local/serving:bbbbbbbbbbbb", folder / "serving-bbbbbbbbbbbb.tar")
    assert prune_images(tmp_path, node_root, [kept]) == ["serving-aaaaaaaaaaaa.tar"]
    assert [path.name for path in folder.glob("*.tar")] == ["serving-bbbbbbbbbbbb.tar"]
    assert prune_images(tmp_path, node_root, [kept]) == []
