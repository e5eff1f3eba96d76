"""Real builds on this machine's cache: slow when the cache is cold, seconds when it is not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.cache import cache_root
from local.cluster.node_root import build_node_root
from local.cluster.wait import until
from local.errors import LocalError
from local.images import Image, build_images, debian
from local.images.build import locked
from local.images.builder import Builder
from local.images.recipe import AWS_RECIPES, RECIPES
from local.toolchain.build import build_toolchain

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]
TRIAL = "mlops.local/trial:1"


@dataclass(frozen=True)
class Machine:
    cache: Path
    toolchain: Path
    node_root: Path

    def build(self) -> dict[str, Image]:
        return build_images(self.cache, self.toolchain, self.node_root, print)


@pytest.fixture(scope="module")
def machine() -> Machine:
    cache = cache_root()
    return Machine(cache, build_toolchain(cache, print), build_node_root(cache, print))


@pytest.fixture(scope="module")
def images(machine: Machine) -> dict[str, Image]:
    return machine.build()


@pytest.fixture
def builder(machine: Machine, images: dict[str, Image]) -> Iterator[Builder]:
    assert images
    with locked(machine.cache / "images") as folder:
        builder = Builder(machine.node_root, folder, {})
        yield builder
        builder.clean()
        if builder.exists(TRIAL):
            builder.remove(TRIAL)


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = Path("/proc/mounts").read_text()
    yield
    assert Path("/proc/mounts").read_text() == before
    assert running("buildah --root=") == []


def running(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command.startswith(text):
            found.append(int(entry.parent.name))
    return found


@pytest.fixture
def folder(machine: Machine) -> Iterator[Path]:
    """A build context; it lies in the images' folder because builds see nothing else of the host."""
    with tempfile.TemporaryDirectory(dir=machine.cache / "images" / "tmp") as name:
        yield Path(name)


def context(folder: Path, *lines: str) -> Path:
    (folder / "Dockerfile").write_text("\n".join((f"FROM {debian.reference()}", *lines)))
    return folder


def test_every_image_is_an_archive_under_its_reference(images: dict[str, Image]) -> None:
    assert set(images) == {recipe.key for recipe in RECIPES}
    for image in images.values():
        with tarfile.open(image.archive) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert manifest[0]["RepoTags"] == [image.reference]


def test_a_second_call_starts_no_program_and_touches_nothing(
    machine: Machine, images: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    def times() -> dict[Path, int]:
        folder = machine.cache / "images"
        return {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}

    def started(*command: object, **_: object) -> None:
        raise AssertionError(f"started: {command}")

    before = times()
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", started)
        assert machine.build() == images
    assert times() == before


def files(image: Image) -> set[str]:
    """Paths in every layer."""
    with tarfile.open(image.archive) as whole:
        layers = [member for member in whole if member.name.endswith(".tar") and member.isfile()]
        names = set()
        for layer in layers:
            with tarfile.open(fileobj=whole.extractfile(layer)) as content:
                names |= set(content.getnames())
    return names


def test_the_model_server_is_small_and_holds_nothing_of_this_machine(images: dict[str, Image]) -> None:
    assert images["serving"].archive.stat().st_size < 400 << 20
    names = files(images["serving"])
    assert {
        name for name in names if name.endswith(("pip.conf", "/ca.crt", "/pip")) or name.startswith("mnt/")
    } == set()
    assert "app/jobs/serving/__init__.py" in names
    assert not any("site-packages/pandas" in name or "site-packages/mlflow" in name for name in names)


def test_the_image_of_the_function_is_small_and_holds_its_code_alone(
    machine: Machine, images: dict[str, Image]
) -> None:
    """The images before it leave the base in the layer store."""
    assert "predict" not in images
    built = build_images(machine.cache, machine.toolchain, machine.node_root, print, AWS_RECIPES)["predict"]
    assert built.archive.stat().st_size < 400 << 20
    names = files(built)
    assert {"app/functions/predict/handler.py", "app/jobs/serving/model.py"} <= names
    assert not any(
        f"site-packages/{heavy}/" in name
        for name in names
        for heavy in ("pandas", "mlflow", "sklearn", "xgboost", "uvicorn")
    )


def test_a_failing_step_is_shown_with_its_output_and_image(builder: Builder, folder: Path) -> None:
    failing = context(folder, "RUN echo the reason && exit 3")
    with pytest.raises(LocalError, match=r"(?s)image mlops\.local/trial:1 failed.*the reason.*exit status 3"):
        builder.build(TRIAL, failing, {}, {})
    assert not builder.exists(TRIAL)


def test_an_image_that_does_not_run_is_refused_with_its_own_words(builder: Builder, folder: Path) -> None:
    builder.build(TRIAL, context(folder, "USER 65532:65532"), {}, {})
    builder.smoke(TRIAL, ("sh", "-c", "test $(id -u) = 65532"))
    with pytest.raises(LocalError, match=r"(?s)smoke run `sh -c echo broken; exit 1` failed.*broken"):
        builder.smoke(TRIAL, ("sh", "-c", "echo broken; exit 1"))


def test_a_killed_build_ends_with_its_caller_and_the_next_one_works(
    builder: Builder, machine: Machine, folder: Path
) -> None:
    slow = context(folder, "RUN sleep 600")
    code = (
        "import sys; from pathlib import Path; from local.images.builder import Builder;"
        "Builder(Path(sys.argv[1]), Path(sys.argv[2]), {}).build(sys.argv[3], Path(sys.argv[4]), {}, {})"
    )
    arguments = [str(machine.node_root), str(machine.cache / "images"), TRIAL, str(slow)]
    caller = subprocess.Popen([sys.executable, "-c", code, *arguments])
    until("the step to run", lambda: running("sleep 600"))
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    until("the step to end with its caller", lambda: not running("sleep 600"))
    builder.clean()
    builder.build(TRIAL, context(folder, "RUN true"), {}, {})
    assert builder.exists(TRIAL)
