from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.validation.json import JsonStrictValidator

from local.images import contents, go_build, sbom
from local.images.image import Image
from local.toolchain.tools import TOOLS
from tests.support.registry import crane

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.41-12)
Version: 2.41-12
Description: GNU C Library
 with more lines

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.152
"""
NUMPY = "opt/venv/lib/python3.13/site-packages/numpy-2.4.6.dist-info"
FLASK = "opt/venv/lib/python3.13/site-packages/flask-3.1.0.dist-info"
REMOVED = "opt/venv/lib/python3.13/site-packages/.wh.flask-3.1.0.dist-info"
RECORD = b"numpy/__init__.py,sha256=abc,10\n"
METADATA = b"Metadata-Version: 2.4\nName: numpy\nVersion: 2.4.6\nLicense-Expression: BSD-3-Clause AND MIT\n\nText\n"


def layer(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def image(folder: Path, *layers: Mapping[str, bytes]) -> Image:
    """As buildah writes one."""
    config = json.dumps({"created": "2026-11-29T10:00:00.123456789Z"}).encode()
    members = {f"{number}.tar": layer(files) for number, files in enumerate(layers)}
    manifest = json.dumps([{"Config": "config.json", "Layers": list(members)}]).encode()
    archive = folder / "trial-0123456789ab.tar"
    archive.write_bytes(layer({"manifest.json": manifest, "config.json": config, **members}))
    return Image("trial", "mlops.local/trial:0123456789ab", archive)


def bill(made: Image) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom.write(made).read_text())
    return found


def purls(found: Mapping[str, Any]) -> Sequence[str]:
    return [one["purl"] for one in found["components"]]


@pytest.fixture(scope="module")
def program() -> bytes:
    """A real Go program."""
    return (crane() / "crane").read_bytes()


@pytest.fixture
def whole(tmp_path: Path, program: bytes) -> Image:
    return image(
        tmp_path,
        {"var/lib/dpkg/status": STATUS},
        {f"{NUMPY}/METADATA": METADATA, f"{NUMPY}/RECORD": RECORD, "usr/local/bin/crane": program},
    )


def test_packages_of_every_kind_are_listed_and_what_is_not_installed_is_not(whole: Image) -> None:
    found = purls(bill(whole))
    assert "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13" in found
    assert "pkg:deb/debian/adduser@3.152?arch=all&distro=debian-13" in found
    assert "pkg:pypi/numpy@2.4.6" in found
    assert "pkg:golang/github.com/google/go-containerregistry@v0.22.1" in found
    assert any(one.startswith("pkg:golang/stdlib@1.") for one in found)
    assert not [one for one in found if "gone" in one]


def test_python_packages_have_their_licence_and_the_hash_of_their_record(whole: Image) -> None:
    numpy = next(one for one in bill(whole)["components"] if one["name"] == "numpy")
    assert numpy["licenses"] == [{"expression": "BSD-3-Clause AND MIT"}]
    assert numpy["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(RECORD).hexdigest()}]


def test_it_is_valid_cyclonedx(whole: Image) -> None:
    assert JsonStrictValidator(sbom.VERSION).validate_str(sbom.write(whole).read_text()) is None


def test_the_same_image_gives_the_same_bytes(whole: Image) -> None:
    first = sbom.write(whole).read_bytes()
    whole.sbom.unlink()
    assert sbom.write(whole).read_bytes() == first


def test_another_image_has_another_serial_number(tmp_path: Path) -> None:
    one = image(tmp_path, {"var/lib/dpkg/status": STATUS})
    found = sbom.text(one.reference, contents.read(one.archive))
    assert (
        json.loads(found)["serialNumber"]
        != json.loads(sbom.text("mlops.local/b:1", contents.read(one.archive)))["serialNumber"]
    )


def test_a_later_layer_replaces_and_removes_what_an_earlier_one_had(tmp_path: Path) -> None:
    flask = {f"{FLASK}/METADATA": METADATA.replace(b"numpy", b"flask")}
    made = image(
        tmp_path,
        {f"{NUMPY}/METADATA": METADATA, **flask},
        {
            f"{NUMPY}/METADATA": METADATA.replace(b"2.4.6", b"2.5.0"),
            f"{FLASK.rpartition('/')[0]}/.wh.flask-3.1.0.dist-info": b"",
        },
    )
    assert purls(bill(made)) == ["pkg:pypi/numpy@2.5.0"]
    emptied = image(tmp_path, flask, {f"{FLASK}/.wh..wh..opq": b""})
    emptied.sbom.unlink()
    assert "components" not in bill(emptied)


def test_modules_of_a_go_program_are_those_that_go_tells(program: bytes) -> None:
    found = go_build.read(program)
    assert found
    assert found.go.startswith("go1.")
    module = next(one for one in found.modules if one.path == "github.com/google/go-containerregistry")
    sums = (next(tool for tool in TOOLS if tool.name == "crane").folder / "go.sum").read_text()
    assert f"{module.path} {module.version} {module.sum}" in sums


def test_a_program_that_is_not_of_go_has_no_modules() -> None:
    assert go_build.read(b"\x7fELF" + b"\0" * 1000) is None
    assert go_build.read(b"text with \xff Go buildinf: in it") is None
