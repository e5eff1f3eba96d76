"""What is refused before anything changes, on a real registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.audit.query import REFUSED, differences
from jobs.audit.trail import Trail
from jobs.bundle.digest import BUNDLE_TAG
from jobs.deployment.back import before
from jobs.deployment.ledger import Ledger
from jobs.deployment.record import Order, Outcome
from jobs.deployment.start import Wanted, order_of, strategy_of
from jobs.errors import ConfigError, MlopsError, RegistryError
from jobs.registry.live import live_aliases, live_anchors
from jobs.registry.names import Names
from jobs.registry.versions import ARCHIVED_TAG, Registry, Version
from tests.jobs.deployment.world import MODEL, NOW, POLICY, Colours, World, order


@pytest.fixture
def versions(registry: str) -> Registry:
    """Version 1 is XGBoost, version 2 logistic regression; which is surely worse."""
    assert registry
    return Registry()


def wanted(which: str, **changes: Any) -> Wanted:
    return Wanted(MODEL, which, **changes)


def asked(folder: Path, versions: Registry, wish: Wanted, world: World | None = None) -> Order:
    world = world or World(str(folder))
    return order_of(world.desk(), Colours(world), versions, POLICY, wish)


def test_what_may_be_rolled_out_becomes_an_order_that_says_everything(tmp_path: Path, versions: Registry) -> None:
    made = asked(tmp_path, versions, wanted("2", force="it is a drill"))
    assert (made.version, made.stable, made.new_side, made.stable_side, made.replicas) == ("2", "1", "green", "blue", 3)
    assert made.digest == versions.find(MODEL, "2").bundle
    assert made.gate.startswith("forced: ")
    assert made.steps == order().steps
    assert Order.model_validate_json(made.model_dump_json()) == made


def test_a_worse_version_is_refused_with_the_gate_s_figures_and_an_entry(tmp_path: Path, versions: Registry) -> None:
    with pytest.raises(RegistryError, match="not surely better") as caught:
        asked(tmp_path, versions, wanted("2"))
    assert "average_precision" in caught.value.details[0]
    entry = Trail.open().entries()[-1]
    assert (entry.action, entry.facts["to"], entry.facts["for"]) == (REFUSED, "2", "k8s")


@pytest.mark.parametrize("changes", [{"strategy": "shadow"}, {"undo": True}])
def test_nobody_asks_the_gate_of_a_shadow_or_of_the_way_back(
    tmp_path: Path, versions: Registry, changes: dict[str, Any]
) -> None:
    assert asked(tmp_path, versions, wanted("2", **changes)).gate.startswith("not asked")


@pytest.mark.parametrize(
    ("which", "words"), [("1", "served already"), ("99", "no such version"), ("@nobody", "no such version")]
)
def test_a_version_that_is_served_or_is_none_is_refused(
    tmp_path: Path, versions: Registry, which: str, words: str
) -> None:
    with pytest.raises(RegistryError, match=words):
        asked(tmp_path, versions, wanted(which))


def test_an_unknown_model_is_refused(tmp_path: Path, versions: Registry) -> None:
    with pytest.raises(RegistryError, match="model does not exist"):
        asked(tmp_path, versions, Wanted("nothing", "1"))


class Tagged(Registry):
    """The registry, had version 2 other tags."""

    tags: dict[str, str]

    def find(self, name: str, which: str) -> Version:
        found = super().find(name, which)
        return replace(found, tags=self.tags) if found.version == "2" else found


@pytest.mark.parametrize(
    ("tags", "words"), [({BUNDLE_TAG: "d", ARCHIVED_TAG: "2026"}, "archived"), ({}, "no digest")]
)  # fmt: skip
@pytest.mark.usefixtures("registry")
def test_an_archived_version_and_one_without_a_digest_are_refused(
    tmp_path: Path, tags: dict[str, str], words: str
) -> None:
    versions = Tagged()
    versions.tags = tags
    with pytest.raises(RegistryError, match=words):
        asked(tmp_path, versions, wanted("2", force="drill"))


def test_a_second_rollout_is_refused_until_the_first_has_ended(tmp_path: Path, versions: Registry) -> None:
    ledger = Ledger(World(str(tmp_path)).desk().ledger.shelf)
    assert ledger.claim(order())
    with pytest.raises(RegistryError, match="has not ended") as caught:
        asked(tmp_path, versions, wanted("2", force="drill"))
    assert "mlops deploy resume k8s" in str(caught.value)
    ledger.finish(order(), Outcome(result="rolled-back", reason="by hand", time=NOW))
    assert asked(tmp_path, versions, wanted("2", force="drill")).number == 2


def test_without_one_version_to_come_back_to_nothing_begins(tmp_path: Path, versions: Registry) -> None:
    world = World(str(tmp_path))
    world.replicas["blue"] = 0
    with pytest.raises(RegistryError, match="nothing to come back to"):
        asked(tmp_path, versions, wanted("2"), world)
    # Who leaves what does not answer needs no way back but the alias.
    for wish in (wanted("2", force="drill"), wanted("2", undo=True)):
        assert asked(tmp_path, versions, wish, world).stable == "1"
    world.aliases.clear()
    with pytest.raises(RegistryError, match="nothing to come back to"):
        asked(tmp_path, versions, wanted("2", force="drill"), world)


def test_a_strategy_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such strategy"):
        strategy_of("yolo")
    assert strategy_of("blue-green") == "blue-green"


def test_the_version_before_is_what_the_newest_rollout_replaced(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    ledger = world.desk().ledger
    for number, result in ((1, "served"), (2, "rolled-back")):
        assert ledger.claim(order(number=number))
        ledger.finish(order(number=number), Outcome(result=result, reason="r", time=NOW))
    history = ledger.history(MODEL, "k8s")
    assert before(history, "2", MODEL, "k8s") == "1"
    with pytest.raises(MlopsError, match="nobody knows the one before"):
        before(history, "3", MODEL, "k8s")


@pytest.fixture
def names(versions: Registry) -> Iterator[Names]:
    yield Names(versions, Trail.open())
    Names(versions, Trail.open()).remove(MODEL, "champion-green", "the test is over")


def test_pins_are_moved_and_removed_with_entries_and_any_number_of_times(names: Names) -> None:
    for _ in range(2):
        names.point(MODEL, "champion-green", "2", "rollout 1")
    names.point(MODEL, "champion-green", "1", "rollout 2")
    assert live_aliases()[f"{MODEL}@champion-green"] == "1"
    for _ in range(2):
        names.remove(MODEL, "champion-green", "rollout 2")
    assert f"{MODEL}@champion-green" not in live_aliases()
    assert not [one for one in live_aliases() if one.startswith(f"{MODEL}@previous-champion-")]
    assert differences(Trail.open().entries(), live_aliases(), live_anchors()) == []
    moved = [one for one in Trail.open().entries() if one.subject == f"{MODEL}@champion-green"]
    assert [one.facts["to"] for one in moved if one.action == "alias.moved"][-3:] == ["2", "1", None]


def test_a_removal_whose_writer_died_before_its_entry_is_put_on_record(names: Names) -> None:
    names.point(MODEL, "champion-green", "2", "rollout 1")
    real = Trail.append

    def dies(trail: Trail, action: str, subject: str, **facts: Any) -> Any:
        if action != "alias.intended":
            raise KeyboardInterrupt
        return real(trail, action, subject, **facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trail, "append", dies)
        with pytest.raises(KeyboardInterrupt):
            names.remove(MODEL, "champion-green", "rollout 1")
    assert f"{MODEL}@champion-green" not in live_aliases()
    assert any("has no end" in line for line in differences(Trail.open().entries(), live_aliases(), live_anchors()))
    names.remove(MODEL, "champion-green", "rollout 1")
    assert differences(Trail.open().entries(), live_aliases(), live_anchors()) == []
