"""The bill of materials of an image, as CycloneDX JSON: the same image gives the same bytes."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from local.images import contents
from local.images.contents import Contents
from local.images.go_build import Module
from local.images.image import Image

VERSION = SchemaVersion.V1_6
_LICENSES = LicenseFactory()


def write(image: Image) -> Path:
    """Makes it unless it is there; whole or not at all."""
    target = image.sbom
    if not target.exists():
        unfinished = target.with_suffix(".unfinished")
        unfinished.write_text(text(image.reference, contents.read(image.archive)))
        unfinished.rename(target)
    return target


def text(reference: str, found: Contents) -> str:
    """JSON with sorted components, dated as the image is."""
    name, _, tag = reference.rpartition(":")
    image = Component(
        type=ComponentType.CONTAINER, name=name, version=tag, bom_ref=BomRef(reference),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found.identity)],
    )  # fmt: skip
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{reference}@sha256:{found.identity}"))
    bom.metadata.timestamp = found.created
    bom.metadata.component = image
    parts = {str(part.purl): part for part in (*_debian(found), *_python(found), *_go(found))}
    bom.components.update(parts.values())
    bom.register_dependency(image, parts.values())
    return make_outputter(bom, OutputFormat.JSON, VERSION).output_as_string(indent=1) + "\n"


def _debian(found: Contents) -> Iterator[Component]:
    for one in found.debian:
        qualifiers = {"arch": one.architecture, "distro": "debian-13"}
        yield _component(PackageURL("deb", "debian", one.name, one.version, qualifiers), ("mlops:source", one.source))


def _python(found: Contents) -> Iterator[Component]:
    for one in found.python:
        made = _component(PackageURL("pypi", None, one.name.lower().replace("_", "-"), one.version))
        # Of the package's RECORD, which has the sha256 of each of its files.
        made.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=one.record))
        made.properties.add(Property(name="mlops:hash-of", value="RECORD"))
        if one.license:
            made.licenses.add(_LICENSES.make_from_string(one.license))
        yield made


def _go(found: Contents) -> Iterator[Component]:
    programs: dict[Module, list[str]] = {}
    for place, build in found.programs.items():
        for module in (*build.modules, Module("stdlib", build.go.removeprefix("go"), "")):
            programs.setdefault(module, []).append(place)
    for module, places in sorted(programs.items()):
        namespace, _, name = module.path.rpartition("/")
        purl = PackageURL("golang", namespace or None, name, module.version)
        made = _component(purl, *(("mlops:program", place) for place in places))
        if module.sum.startswith("h1:"):
            made.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=_hex(module.sum)))
            made.properties.add(Property(name="mlops:hash-of", value="go.sum h1"))
        yield made


def _hex(sum_: str) -> str:
    return binascii.hexlify(base64.b64decode(sum_.removeprefix("h1:"))).decode()


def _component(purl: PackageURL, *properties: tuple[str, str]) -> Component:
    made = Component(
        type=ComponentType.LIBRARY, name=purl.name, group=purl.namespace, version=purl.version, purl=purl,
        bom_ref=BomRef(str(purl)),
    )  # fmt: skip
    for name, value in properties:
        made.properties.add(Property(name=name, value=value))
    return made
