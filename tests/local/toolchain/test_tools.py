import re
from pathlib import Path

import pytest

from local.errors import LocalError
from local.platform.up import NODE_TOOLS
from local.toolchain.build import build_toolchain
from local.toolchain.go import parse_version
from local.toolchain.tools import BY_NAME, PLATFORM, TOOLS


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_module_is_pinned_with_its_checksums(tool: object) -> None:
    module = (tool.folder / "go.mod").read_text()  # type: ignore[attr-defined]
    pins = re.findall(r"^\s*(?:require )?(\S+\.\S+/\S+) (v\S+)", module, re.M)
    if pins:
        sums = (tool.folder / "go.sum").read_text()  # type: ignore[attr-defined]
        replaced = {match[0] for match in re.findall(r"^\s*(?:replace )?(\S+) => (\S+)", module, re.M)}
        for name, version in pins:
            assert name in replaced or f"{name} {version}" in sums


def test_the_engine_is_of_the_version_of_its_python_sdk() -> None:
    from importlib.metadata import version

    engine = next(tool for tool in TOOLS if tool.name == "pulumi")
    pinned = re.search(r"github.com/pulumi/pulumi/pkg/v3 (v\S+)", (engine.folder / "go.mod").read_text())
    assert pinned
    assert pinned[1] == f"v{version('pulumi')}"
    assert pinned[1] in engine.version_flags


def test_kubernetes_tells_the_version_it_was_built_from() -> None:
    kubernetes = next(tool for tool in TOOLS if tool.name == "kubernetes")
    pinned = re.search(r"k8s.io/kubernetes (v\S+)", (kubernetes.folder / "go.mod").read_text())
    assert pinned
    assert f"gitVersion={pinned[1]}" in kubernetes.version_flags


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("kubeconform", "github.com/yannh/kubeconform"),
        ("crane", "github.com/google/go-containerregistry"),
        ("registry", "github.com/distribution/distribution/v3"),
    ],
)
def test_a_program_tells_the_version_it_was_built_from(name: str, module: str) -> None:
    tool = next(tool for tool in TOOLS if tool.name == name)
    pinned = re.search(rf"{module} (v\S+)", (tool.folder / "go.mod").read_text())
    assert pinned
    assert tool.version_flags.endswith(f"ersion={pinned[1]}")


@pytest.mark.parametrize(("text", "expected"), [("go version go1.26.8 linux/amd64", (1, 26)), ("go1.9", (1, 9))])
def test_the_version_of_go_is_read_from_its_own_words(text: str, expected: tuple[int, int]) -> None:
    assert parse_version(text) == expected


def test_a_go_that_does_not_tell_its_version_is_refused() -> None:
    with pytest.raises(LocalError, match="cannot read a Go version from 'gcc'"):
        parse_version("gcc")


def test_only_the_named_programs_are_asked_for(tmp_path: Path) -> None:
    for tool in TOOLS[:2]:
        built = tmp_path / "toolchain" / "built" / f"{tool.name}-{tool.digest}"
        built.parent.mkdir(parents=True, exist_ok=True)
        built.touch()
    first = build_toolchain(tmp_path, print, (TOOLS[0].name,))
    assert [path.name for path in first.iterdir()] == [TOOLS[0].name]
    second = build_toolchain(tmp_path, print, (TOOLS[0].name, TOOLS[1].name))
    assert second == first
    assert {path.name for path in second.iterdir()} == {tool.name for tool in TOOLS[:2]}


def test_a_program_that_make_up_does_not_need_is_built_only_when_it_is_named(tmp_path: Path) -> None:
    for tool in PLATFORM:
        built = tmp_path / "toolchain" / "built" / f"{tool.name}-{tool.digest}"
        built.parent.mkdir(parents=True, exist_ok=True)
        built.touch()
    folder = build_toolchain(tmp_path, print)
    assert {path.name for path in folder.iterdir()} == {tool.name for tool in PLATFORM}
    assert not {tool.name for tool in BY_NAME} & {*NODE_TOOLS}


def test_a_program_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="called skopeo; there are kubernetes, "):
        build_toolchain(tmp_path, print, ("crane", "skopeo"))
