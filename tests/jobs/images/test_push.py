"""What `mlops images push` does with what a checkout built, against CNCF's registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import ConfigError, ImageError
from jobs.images import checkout
from jobs.images import registry as images
from jobs.images.push import push_all
from tests.jobs.images.archives import archive
from tests.jobs.support import example, example_words, mlops
from tests.support.registry import Registry

Asked = list[tuple[str, ...]]


def built(folder: Path, key: str = "tiny", content: bytes = b"hello") -> dict[str, Any]:
    reference = f"mlops.local/{key}:0123456789ab"
    made = archive(folder, reference, content)
    return {
        "image": key, "sites": ["aws"], "reference": reference, "archive": str(made), "built": True,
        "bytes": made.stat().st_size, "sbom": str(made.with_suffix(".cdx.json")),
    }  # fmt: skip


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A checkout with two images; what it was asked for."""
    there = [built(tmp_path, "serving"), built(tmp_path, "another", b"hi") | {"sites": ["machine"]}]
    (tmp_path / Path(there[0]["sbom"]).name).write_text('{"bomFormat": "CycloneDX"}\n')
    asked: Asked = []

    def run(module: str, arguments: list[str]) -> str:
        asked.append((module, *arguments))
        names = arguments[1:]
        return json.dumps([one for one in there if not names or one["image"] in names])

    monkeypatch.setattr(checkout, "run", run)
    return asked


def test_each_image_is_pushed_once_and_named_by_its_digest(registry: Registry, tmp_path: Path) -> None:
    told: list[str] = []
    first = push_all([built(tmp_path)], f"{registry.host}/once-", told.append)
    again = push_all([built(tmp_path)], f"{registry.host}/once-", told.append)
    assert first == again == {"tiny": images.digest(f"{registry.host}/once-tiny:0123456789ab")}
    assert told == ["tiny: pushing", "tiny: is there already"]


@pytest.mark.parametrize(
    "prefix", ["registry.example.org", "https://registry.example.org/", "registry.example.org/mlops", "UPPER/x/", "/a/"]
)
def test_a_prefix_that_no_name_can_follow_is_refused_before_anything_is_pushed(prefix: str) -> None:
    with pytest.raises(ConfigError, match="does not stand before an image's name"):
        push_all([], prefix, print)


def test_names_are_printed_as_the_stack_file_wants_them(asked: Asked, registry: Registry) -> None:
    said = mlops("images", "push", "--to", f"{registry.host}/mlops/")
    name = images.digest(f"{registry.host}/mlops/serving:0123456789ab")
    assert said.code == 0, said.err
    assert said.out == f"mlops:images:\n  serving: {name}\n"
    # Without a name, those of a stack on AWS.
    assert asked == [("local.images", "list"), ("local.images", "build", "serving")]


def test_with_a_stack_the_commands_are_printed_and_nothing_else(asked: Asked, registry: Registry) -> None:
    said = mlops(*(word.replace("registry.example.org", registry.host) for word in example_words("images push")))
    name = images.digest(f"{registry.host}/mlops/serving:0123456789ab")
    assert said.out == f"pulumi config set --stack dev --path mlops:images.serving {name}\n"
    assert asked == [("local.images", "build", "serving")]


def test_a_bill_of_materials_is_printed_as_it_is(asked: Asked) -> None:
    assert example("images sbom").out == '{"bomFormat": "CycloneDX"}\n'
    assert asked == [("local.images", "build", "serving")]


def test_tables_and_trials_tell_what_the_checkout_says(asked: Asked) -> None:
    listed, made = example("images list").out, example("images build").out
    assert "mlops.local/another:0123456789ab" in listed
    assert "mlops.local/serving:0123456789ab" in made
    assert "another" not in made
    assert example("images test").out == "1 images tried: serving\n"
    assert asked == [("local.images", *words) for words in (["list"], ["build", "serving"], ["test", "serving"])]


def test_outside_of_a_checkout_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a checkout") as missing:
        checkout.run("local.images", ["list"], tmp_path)
    assert "make up" in str(missing.value)


def test_what_the_checkout_cannot_do_is_an_error_with_its_code() -> None:
    with pytest.raises(ImageError, match=r"`python -m local.images list nothing` failed") as failed:
        checkout.run("local.images", ["list", "nothing"])
    assert failed.value.given == "exit code 1"
