"""What is asked of the image `serving` before it is published, asked of the server in this process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from jobs.training.experiment import Trained
from local.images import smoke_serve
from local.images.smoke_serve import CSV, JSON
from tests.jobs.serving.server import Server

RUNNING = cast("subprocess.Popen[bytes]", SimpleNamespace(poll=lambda: None, returncode=None))


@pytest.fixture
def bundle(ready: Server, trained: list[Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the description of the bundle that the server has, where the script looks for it."""
    path = tmp_path / "mnt" / "artifacts" / "bundle" / "bundle.json"
    path.parent.mkdir(parents=True)
    path.write_bytes((trained[0].folder / "bundle.json").read_bytes())
    monkeypatch.setattr(smoke_serve, "FOLDER", tmp_path / "mnt")
    monkeypatch.setattr(smoke_serve, "PORT", ready.port)
    return path


@pytest.mark.usefixtures("bundle")
def test_a_server_that_answers_well_has_no_problem() -> None:
    assert smoke_serve.problem(RUNNING) is None


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize(
    ("path", "kind"), [("/ping", JSON), ("/predict", JSON), ("/invocations", JSON), ("/invocations", CSV)]
)
def test_each_way_to_ask_must_be_there(path: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = smoke_serve.ask

    def broken(method: str, asked: str, content: bytes | None = None, given: str = JSON) -> tuple[int, bytes]:
        return (404, b"no such route") if (asked, given) == (path, kind) else ask(method, asked, content, given)

    monkeypatch.setattr(smoke_serve, "ask", broken)
    problem = smoke_serve.problem(RUNNING)
    assert problem is not None
    assert problem.startswith(path)
    assert "404" in problem
    assert path != "/invocations" or kind in problem


@pytest.mark.parametrize("kind", [JSON, CSV])
def test_a_golden_row_that_is_off_is_told(bundle: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke_serve, "WAYS", (("/invocations", kind),))
    told = json.loads(bundle.read_text())
    told["golden"][-1]["probability"] += 2e-6
    bundle.write_text(json.dumps(told))
    assert str(smoke_serve.golden()).startswith(f"/invocations, {kind}: a golden row is ")
