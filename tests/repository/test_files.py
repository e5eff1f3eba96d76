"""What no committed file may be: too long, or about one machine."""

from __future__ import annotations

import re
import subprocess
from functools import cache

from tests.repository.documents import ROOT

LONGEST = 300
# Folders of one machine and hosts of package registries. The platform's own networks (10.213 to 10.215) are part of its
# design.
FORBIDDEN = {
    "a home folder": re.compile(r"/root/(?!\.cache/mlops\b)|/home/(?!me/)[a-z]+/"),
    "a checkout's folder": re.compile(r"/work/(?:main|shared)\b"),
    "a mirror's address": re.compile(r"https?://[^\s\"'`)]*(?:artifactory|nexus|mirror|proxy)[^\s\"'`)]*", re.I),
    "an internal host": re.compile(r"https?://[\w.-]+\.(?:internal|corp|lan|intra)\b", re.I),
}
# Lock files name what they lock, not where it came from; they are looked at like everything else.
HERE = "tests/repository/test_files.py"


@cache
def committed() -> tuple[str, ...]:
    """Paths of all files under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for path in listed.split("\0") if path and (ROOT / path).is_file())


def problems(text: str) -> list[str]:
    """What of one machine a text mentions."""
    return [f"{what}: {found[0]}" for what, pattern in FORBIDDEN.items() for found in pattern.finditer(text)]


def test_no_python_file_is_longer_than_the_ceiling() -> None:
    ours = [
        path
        for path in committed()
        if path.endswith(".py") and path.split("/")[0] in {"functions", "infra", "jobs", "local"}
    ]
    assert len(ours) > 100
    long = {path: lines for path in ours if (lines := len((ROOT / path).read_text().splitlines())) > LONGEST}
    assert long == {}


def test_no_committed_text_names_a_folder_or_a_host_of_one_machine() -> None:
    found = {}
    for path in committed():
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        if path != HERE and (mentioned := problems(text)):
            found[path] = mentioned
    assert found == {}


def test_folders_and_hosts_of_one_machine_are_found() -> None:
    assert len(problems("cd /home/ada/x; cd /root/x; cd /work/main; pip -i https://nexus.example.org/simple")) == 4
    assert problems("~/.cache/mlops https://store.ml-platform.svc:9000") == []
