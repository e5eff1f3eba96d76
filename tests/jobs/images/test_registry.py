"""Against CNCF's registry."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from jobs.errors import ConfigError, ImageError, UnreachableError
from jobs.images import checkout
from jobs.images import registry as images
from tests.jobs.images.archives import archive
from tests.jobs.support import free_port
from tests.support import registry as registries
from tests.support.registry import Registry

MODEL = {"/opt/mlops/model/bundle.json": b"{}", "/opt/mlops/model/model.onnx": b"\0" * 1000}
MANIFEST = {"Accept": "application/vnd.docker.distribution.manifest.v2+json,application/vnd.oci.image.manifest.v1+json"}


def manifest(registry: Registry, reference: str) -> dict[str, object]:
    name, _, digest = reference.removeprefix(f"{registry.host}/").partition("@")
    answer = httpx.get(f"http://{registry.host}/v2/{name}/manifests/{digest}", headers=MANIFEST)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_pushed_image_is_named_by_its_digest_and_is_there(registry: Registry, tmp_path: Path) -> None:
    pushed = images.push(archive(tmp_path), f"{registry.host}/mlops/tiny:1")
    name, _, digest = pushed.partition("@")
    assert name == f"{registry.host}/mlops/tiny"
    assert digest.startswith("sha256:")
    assert len(manifest(registry, pushed)["layers"]) == 1  # type: ignore[arg-type]
    assert images.digest(f"{registry.host}/mlops/tiny:1") == pushed


def test_the_same_archive_pushed_again_has_the_same_digest(registry: Registry, tmp_path: Path) -> None:
    first, second = (images.push(archive(tmp_path), f"{registry.host}/again:{tag}") for tag in (1, 2))
    assert first == second
    assert images.push(archive(tmp_path, content=b"another"), f"{registry.host}/again:3") != first


def test_an_image_that_is_not_there_has_no_digest(registry: Registry) -> None:
    assert images.digest(f"{registry.host}/nothing:1") is None


def test_a_layer_is_added_and_the_same_files_give_the_same_digest(registry: Registry, tmp_path: Path) -> None:
    base = images.push(archive(tmp_path), f"{registry.host}/predict:1")
    first = images.append(base, MODEL, f"{registry.host}/predict:v7")
    second = images.append(base, dict(reversed(MODEL.items())), f"{registry.host}/predict:v7-again")
    other = images.append(base, {**MODEL, "/opt/mlops/model/bundle.json": b"[]"}, f"{registry.host}/predict:v8")
    assert first == second
    assert first not in (base, other)
    below, above = manifest(registry, base)["layers"], manifest(registry, first)["layers"]
    assert isinstance(below, list)
    assert isinstance(above, list)
    assert above[:-1] == below


def test_a_layer_can_be_added_into_another_repository(registry: Registry, tmp_path: Path) -> None:
    base = images.push(archive(tmp_path), f"{registry.host}/from:1")
    made = images.append(base, MODEL, f"{registry.host}/into:1")
    assert made.startswith(f"{registry.host}/into@sha256:")
    assert len(manifest(registry, made)["layers"]) == 2  # type: ignore[arg-type]


def test_a_base_that_does_not_exist_is_told(registry: Registry) -> None:
    with pytest.raises(ImageError, match="has no such image"):
        images.append(f"{registry.host}/nothing:1", MODEL, f"{registry.host}/nothing:2")


def test_a_closed_registry_refuses_without_a_login_and_takes_it_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = archive(tmp_path)
    with registries.running(Registry(tmp_path / "closed"), closed=True) as closed:
        target = f"{closed.host}/mlops/tiny:1"
        with pytest.raises(ImageError, match="the registry refuses") as refused:
            images.push(made, target)
        assert "docker login" in str(refused.value)
        monkeypatch.setenv("DOCKER_CONFIG", str(closed.login(tmp_path / "wrong", "wrong password")))
        with pytest.raises(ImageError, match="the registry refuses"):
            images.push(made, target)
        monkeypatch.setenv("DOCKER_CONFIG", str(closed.login(tmp_path / "right")))
        assert images.push(made, target) == images.digest(target)


def test_a_registry_that_is_down_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="the registry does not answer"):
        images.push(archive(tmp_path), f"127.0.0.1:{free_port()}/tiny:1")


def test_a_file_that_is_no_archive_is_refused(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"nothing of the kind")
    with pytest.raises(ImageError, match="could not be pushed"):
        images.push(tmp_path / "no.tar", f"{registry.host}/no:1")


def test_without_crane_and_without_a_checkout_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkout.run, "__defaults__", (tmp_path,))
    with pytest.raises(ConfigError, match="crane is missing") as missing:
        images.crane()
    assert "install crane" in str(missing.value)
