import json
import sys
from pathlib import Path

import pytest

from local.errors import LocalError
from local.platform.engine import PLUGINS, Engine, engine_tools

ENGINE = Engine(Path("/cache/instances/x"), Path("/cache/toolchain/t"))


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own `pulumi`, and an environment as that user may have it."""
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_HOME", "/home/me/.pulumi")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    monkeypatch.delenv("MLOPS_PULUMI", raising=False)
    return tmp_path


def test_the_built_engine_is_used_with_our_plugins_also_where_another_is_installed(pulumi: Path) -> None:
    environment = ENGINE.environment()
    assert environment["PATH"] == f"{PLUGINS}:/cache/toolchain/t:{pulumi}:{Path(sys.executable).parent}"
    assert environment["PULUMI_HOME"] == "/cache/instances/x/pulumi-home"
    assert engine_tools() == ("pulumi",)


def test_an_installed_pulumi_keeps_its_home_and_its_plugins(pulumi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PULUMI", "installed")
    environment = ENGINE.environment()
    assert environment["PATH"] == f"{Path(sys.executable).parent}:{pulumi}"
    assert environment["PULUMI_HOME"] == "/home/me/.pulumi"
    assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in environment
    assert engine_tools() == ()


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize("chosen", ["built", "installed"])
def test_the_passphrase_is_the_instance_s_in_either_case(chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PULUMI", chosen)
    environment = ENGINE.environment()
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == "/cache/instances/x/passphrase"


def test_a_choice_that_cannot_be_met_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("MLOPS_PULUMI", "installed")
    with pytest.raises(LocalError, match="there is no `pulumi` on PATH"):
        engine_tools()
    monkeypatch.setenv("MLOPS_PULUMI", "mine")
    with pytest.raises(LocalError, match="MLOPS_PULUMI=mine is not allowed"):
        engine_tools()


def test_a_stack_holds_resources_from_its_first_up_to_its_destruction(tmp_path: Path) -> None:
    engine = Engine(tmp_path, tmp_path)
    assert not engine.holds_resources()
    state = tmp_path / "pulumi/.pulumi/stacks/mlops/local.json"
    state.parent.mkdir(parents=True)
    for latest, expected in ((None, False), ({"resources": []}, False), ({"resources": [{}]}, True)):
        state.write_text(json.dumps({"checkpoint": {"latest": latest}}))
        assert engine.holds_resources() is expected
