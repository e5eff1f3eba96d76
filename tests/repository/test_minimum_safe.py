"""What is locked is free of the advisories that are known to us: requirements/minimum-safe.txt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.version import Version

from tests.repository.documents import ROOT

FOLDER = ROOT / "requirements"
# The host and every image; peers of benchmarks are locked too, and nothing of ours runs on them.
IMAGES = ("tracking", "jobs", "serving", "predict", "gateway")
LOCKS = (ROOT / "requirements.txt", *(FOLDER / f"{image}.txt" for image in IMAGES))
LINE = re.compile(r"([a-z0-9-]+)>=([0-9.]+) +# ((?:CVE-\d{4}-\d+|GHSA-[\w-]+)[:,] .+)")


def minimum() -> dict[str, tuple[Version, str]]:
    """Package → oldest safe version and why."""
    lines = [line for line in (FOLDER / "minimum-safe.txt").read_text().splitlines() if not line.startswith("#")]
    found = {}
    for line in lines:
        read = LINE.fullmatch(line)
        assert read, f"not `name>=version  # CVE-…: why`: {line}"
        found[read[1]] = (Version(read[2]), read[3])
    assert list(found) == sorted(found)
    return found


def locked(text: str) -> dict[str, list[Version]]:
    """Package → versions; some have one for each version of Python."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M):
        found.setdefault(re.sub(r"[._]", "-", name.lower()), []).append(Version(version))
    return found


def unsafe(text: str, least: Mapping[str, tuple[Version, str]]) -> list[str]:
    """Every locked version that is older than it may be."""
    return [
        f"{name} {version} is older than {least[name][0]}: {least[name][1]}"
        for name, versions in locked(text).items()
        for version in versions
        if name in least and version < least[name][0]
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_no_lock_holds_a_version_with_a_known_hole(lock: Path) -> None:
    assert locked(lock.read_text())
    assert unsafe(lock.read_text(), minimum()) == []


def test_every_package_of_the_list_is_one_that_is_used() -> None:
    assert sorted(minimum().keys() - locked((ROOT / "requirements.txt").read_text()).keys()) == []


def test_an_old_version_is_found_whatever_its_name_is_spelled_like() -> None:
    least = {"flask-cors": (Version("6.0.0"), "CVE-1: why"), "mlflow": (Version("3.17.0"), "CVE-2: why")}
    text = 'Flask_Cors==5.0.1 \\\n    --hash=sha256:ab\nmlflow==3.9.0 ; python_version < "3.12"\nmlflow==3.17.2\n'
    assert unsafe(text, least) == [
        "flask-cors 5.0.1 is older than 6.0.0: CVE-1: why", "mlflow 3.9.0 is older than 3.17.0: CVE-2: why",
    ]  # fmt: skip
