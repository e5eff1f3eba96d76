from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from jobs.bundle.digest import bundle_digest
from jobs.bundle.fetch import fetch
from jobs.bundle.manifest import Manifest
from jobs.bundle.scorer import load_scorer
from jobs.errors import BundleError
from jobs.training.experiment import Trained


@pytest.fixture
def bundle(trained: list[Trained], tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(trained[0].folder, tmp_path / "bundle"))


def test_the_digest_is_what_sha256sum_says(bundle: Path) -> None:
    said = subprocess.run(
        "sha256sum * | LC_ALL=C sort | sha256sum", shell=True, cwd=bundle, capture_output=True, text=True, check=True
    ).stdout
    assert bundle_digest(bundle) == said.split()[0]


@pytest.mark.parametrize("name", ["bundle.json", "model.onnx"])
def test_one_changed_byte_is_refused_before_anything_is_parsed(bundle: Path, name: str, trained: list[Trained]) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    with pytest.raises(BundleError, match="digest of the bundle does not match"):
        load_scorer(bundle, trained[0].digest)


def test_a_bundle_without_its_model_is_refused(bundle: Path) -> None:
    (bundle / "model.onnx").unlink()
    with pytest.raises(BundleError, match="incomplete"):
        load_scorer(bundle)


def test_an_extra_file_is_refused(bundle: Path) -> None:
    (bundle / "evil.pkl").write_bytes(b"")
    with pytest.raises(BundleError, match=r"incomplete[\s\S]*evil.pkl"):
        load_scorer(bundle)


def test_a_model_that_gives_other_golden_predictions_is_refused(bundle: Path) -> None:
    text = (bundle / "bundle.json").read_text()
    golden = Manifest.from_text(text).golden[0].probability
    (bundle / "bundle.json").write_text(text.replace(repr(golden), repr(golden + 1e-5)))
    with pytest.raises(BundleError, match="golden row 1 gives another probability"):
        load_scorer(bundle)


def test_a_file_that_is_no_model_is_refused(bundle: Path) -> None:
    (bundle / "model.onnx").write_bytes(b"\x80\x04not a model")
    with pytest.raises(BundleError, match="cannot be loaded"):
        load_scorer(bundle)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 99}', '{"format": 1, "features": 3}'])
def test_a_manifest_of_another_shape_is_refused(bundle: Path, text: str) -> None:
    (bundle / "bundle.json").write_text(text)
    with pytest.raises(BundleError):
        load_scorer(bundle)


def test_a_manifest_survives_its_text(bundle: Path) -> None:
    text = (bundle / "bundle.json").read_text()
    assert Manifest.from_text(text).to_text() == text


def test_golden_rows_hold_a_gap_and_unseen_categories(bundle: Path) -> None:
    manifest = Manifest.from_text((bundle / "bundle.json").read_text())
    assert any(row.record["total_charges"] is None for row in manifest.golden)
    assert any(row.record["contract"] == "never seen before" for row in manifest.golden)
    assert len({round(row.probability, 4) for row in manifest.golden}) >= 4
    assert np.all([0 < row.probability < 1 for row in manifest.golden])


def test_a_bundle_at_an_address_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="unknown kind"):
        fetch("gs://bucket/model", tmp_path)
