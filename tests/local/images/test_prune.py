"""Pruning on a cache of its own, with the real builder."""

import os
from pathlib import Path

import pytest

from local.cache import cache_root
from local.cluster.node_root import build_node_root
from local.images import Image, images_in_use, prune_images
from local.images.build import locked


def archive(cache: Path, name: str, age: int) -> Image:
    path = cache / "images" / f"{name}.tar"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (1000 - age, 1000 - age))
    title, _, version = name.rpartition("-")
    return Image(title, f"mlops.local/{title}:{version}", path)


def test_current_named_and_the_newest_two_images_are_in_use(tmp_path: Path) -> None:
    letters = "abcdef"
    jobs = [archive(tmp_path, f"jobs-{letter * 12}", age) for age, letter in enumerate(letters)]
    alone = archive(tmp_path, f"kube-state-metrics-{'a' * 12}", 99)
    stack_file = tmp_path / "instances" / "other" / "Pulumi.local.yaml"
    stack_file.parent.mkdir(parents=True)
    stack_file.write_text(f"mlops:images: {{jobs: {jobs[4].reference}, tracking: mlops.local/tracking:{'0' * 12}}}")
    assert images_in_use(tmp_path, [jobs[5]]) == [jobs[5], jobs[0], jobs[1], jobs[4], alone]


def test_nothing_is_pruned_while_another_process_builds(tmp_path: Path) -> None:
    old = archive(tmp_path, f"jobs-{'a' * 12}", 1)
    with locked(tmp_path / "images"):
        assert prune_images(tmp_path, tmp_path / "no-node", []) == []
    assert old.archive.exists()


@pytest.mark.cluster
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
