"""Rollouts on an emulated Lambda: a real registry for the images, the function's own code behind every call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.deployment.aws import bundle_of
from jobs.deployment.back import before
from jobs.deployment.lambda_function import LIVE, MovedError
from jobs.deployment.lambda_target import VERSION, repository
from jobs.deployment.policy import RolloutPolicy
from jobs.deployment.run import begin, resume, roll_back
from jobs.deployment.start import Wanted, current
from jobs.deployment.start import order_of as order_to
from jobs.deployment.targets import target_of as target_of_name
from jobs.errors import BundleError, ConfigError, MlopsError
from jobs.registry.champion import Champion, ChampionReader
from tests.jobs.deployment.lambda_account import EFFECTS, NAME, Account, by_runtime_client, in_process
from tests.jobs.deployment.lambda_callers import HIGH, Busy, Manner, order_of, standing, target_of
from tests.jobs.deployment.world import MODEL, Killed, Versions


def test_a_good_version_gets_share_after_share_and_then_the_alias_of_the_place(lambda_: Account, busy: Busy) -> None:
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert outcome.result == "served", outcome.reason
    assert busy.shares == [{"2": 90, "3": 10}, {"2": 50, "3": 50}, {"3": 100}]
    assert busy.aliases["champion-lambda"] == "2"
    assert busy.aliases["champion"] == "1"
    assert standing(lambda_) == ("3", {}, True)
    assert [action for action, _, _ in busy.said] == ["rollout.served"]
    observed = target_of(lambda_, busy).observe()
    assert (observed.active, observed.served, observed.idle) == ("3", "2", "next")


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (Manner(failed=3), "errors"),
        (Manner(crashed=3), "errors"),
        (Manner(milliseconds=700), "p95"),
        (Manner(bin=HIGH), "predictions moved"),
    ],
)
def test_a_bad_version_is_rolled_back_and_removed(lambda_: Account, busy: Busy, manner: Manner, words: str) -> None:
    busy.manners["3"] = manner
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert words in outcome.reason
    assert busy.shares[-1] == {"2": 90, "3": 10}
    assert "champion-lambda" not in busy.aliases
    assert "DeleteFunction" in lambda_.calls


def test_an_alarm_that_goes_off_rolls_back(lambda_: Account, busy: Busy) -> None:
    busy.alarm_at = 50
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, outcome.reason) == ("rolled-back", f"the alarm {NAME}-unavailable went off")
    assert standing(lambda_) == ("2", {}, True)


def test_an_alarm_that_was_on_before_does_not(lambda_: Account, busy: Busy) -> None:
    on = {"AlarmName": f"{NAME}-unavailable", "StateValue": "ALARM", "StateReason": "since yesterday"}
    lambda_.client("cloudwatch").set_alarm_state(**on)
    assert begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_)).result == "served"


def test_a_version_that_nobody_calls_is_not_kept(lambda_: Account, busy: Busy) -> None:
    busy._pour = lambda *_, **__: None  # type: ignore[method-assign]
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "too few" in outcome.reason


def test_a_bundle_that_was_changed_gets_no_traffic(lambda_: Account, busy: Busy, tmp_path: Path) -> None:
    folder, digest = lambda_.bundles["2"]
    changed = tmp_path / "changed"
    changed.mkdir()
    for file in folder.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    (changed / "model.onnx").write_bytes((lambda_.bundles["1"][0] / "model.onnx").read_bytes())
    lambda_.bundles["3"] = (changed, digest[:-4] + "0000")
    outcome = begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_, "3"))
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "digest" in outcome.reason or "fails" in outcome.reason
    assert busy.shares == []


@pytest.mark.parametrize("strategy", ["canary", "blue-green"])
def test_whenever_the_rollout_dies_it_is_carried_to_the_same_end(lambda_: Account, busy: Busy, strategy: str) -> None:
    wanted = order_of(lambda_, strategy=strategy)
    # As many deaths as there are effects in Lambda: before and after each.
    deaths, begun = 0, False
    while True:
        lambda_.tick = _dies_at(deaths)
        try:
            target = target_of(lambda_, busy)
            outcome = resume(busy.desk(), target, wanted) if begun else begin(busy.desk(), target, wanted)
            break
        except Killed:
            deaths, begun = deaths + 1, True
    assert deaths > 8
    assert (outcome.result, standing(lambda_)) == ("served", ("3", {}, True))
    assert lambda_.calls.count("PublishVersion") >= 1
    assert [action for action, _, _ in busy.said] == ["rollout.served"]


def _dies_at(number: int) -> Callable[[], None]:
    left = [2]

    def tick() -> None:
        left[0] -= 1
        if left[0] < number % 2 and number < 24:
            raise Killed

    return tick


@pytest.mark.parametrize("effect", EFFECTS[:4])
def test_a_rollout_that_died_can_be_rolled_back(lambda_: Account, busy: Busy, effect: str) -> None:
    def tick() -> None:
        if lambda_.calls[-1] == effect:
            raise Killed

    lambda_.tick = tick
    wanted = order_of(lambda_)
    with pytest.raises(Killed):
        begin(busy.desk(), target_of(lambda_, busy), wanted)
    lambda_.tick = lambda: None
    outcome = roll_back(busy.desk(), target_of(lambda_, busy), wanted, "enough")
    assert (outcome.result, standing(lambda_)) == ("rolled-back", ("2", {}, True))
    assert "champion-lambda" not in busy.aliases


def test_a_rollout_that_died_goes_on_after_the_stack_has_changed_the_shape(lambda_: Account, busy: Busy) -> None:
    def tick() -> None:
        # After its share was moved.
        if lambda_.calls[-2:] == ["UpdateAlias", "UpdateAlias"]:
            raise Killed

    lambda_.tick, wanted = tick, order_of(lambda_)
    with pytest.raises(Killed):
        begin(busy.desk(), target_of(lambda_, busy), wanted)
    lambda_.tick = lambda: None
    lambda_.client("lambda").update_function_configuration(FunctionName=NAME, MemorySize=1024)
    assert resume(busy.desk(), target_of(lambda_, busy), wanted).result == "served"
    assert standing(lambda_) == ("3", {}, True)


def test_an_alias_that_somebody_moves_meanwhile_is_not_written_over(lambda_: Account, busy: Busy) -> None:
    client = lambda_.client("lambda")

    def tick() -> None:
        if lambda_.calls[-1] == "UpdateAlias" and lambda_.calls.count("UpdateAlias") == 1:
            client.update_alias(FunctionName=NAME, Name=LIVE, FunctionVersion="1")

    lambda_.tick = tick
    with pytest.raises(MovedError, match="moved by somebody else"):
        begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_))
    assert standing(lambda_)[:2] == ("1", {})


def test_going_back_to_a_version_that_was_served_publishes_nothing(lambda_: Account, busy: Busy) -> None:
    assert begin(busy.desk(), target_of(lambda_, busy), order_of(lambda_)).result == "served"
    lambda_.calls.clear()
    back = order_of(lambda_, "1", stable_side="3", number=2, stable="2", before="2", strategy="blue-green")
    outcome = begin(busy.desk(), target_of(lambda_, busy), back)
    assert outcome.result == "served", outcome.reason
    assert standing(lambda_) == ("2", {}, True)
    assert set(lambda_.calls) == {"UpdateAlias"}


def test_undo_leaves_a_version_that_does_not_answer(lambda_: Account, busy: Busy) -> None:
    target, versions = target_of(lambda_, busy), Versions(lambda_.bundles, busy)
    assert begin(busy.desk(), target, order_of(lambda_)).result == "served"
    lambda_.run = lambda env, model, event: (
        (None, "Unhandled") if env.get(VERSION) == "2" else in_process(env, model, event)
    )
    assert target.observe().served is None
    wanted = Wanted(MODEL, "1", undo=True)
    history = busy.desk().ledger.history(MODEL, "lambda")
    assert before(history, current(busy.desk(), target, target.observe(), MODEL, "champion"), MODEL, "lambda") == "1"
    back = order_to(busy.desk(), target, versions, RolloutPolicy(), wanted)
    assert begin(busy.desk(), target, back).result == "served"
    assert (standing(lambda_), target.observe().served) == (("2", {}, True), "1")


def test_the_version_answers_behind_the_runtime_client_of_aws(lambda_: Account, busy: Busy) -> None:
    lambda_.run = by_runtime_client
    target, wanted = target_of(lambda_, busy), order_of(lambda_)
    target.prepare(wanted, lambda: None, busy.lines.append)
    assert busy.lines[-1] == "version 3 of the function answers as version 2 of the model was trained to"
    assert standing(lambda_) == ("2", {}, True)
    told = target.function.ask("3", {"describe": True})
    assert (told["version"], told["digest"]) == ("2", lambda_.bundles["2"][1])


def test_without_one_of_its_alarms_no_traffic_is_moved(lambda_: Account, busy: Busy) -> None:
    lambda_.client("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-slow"])
    with pytest.raises(MlopsError, match="missing") as refused:
        target_of(lambda_, busy).meter(order_of(lambda_))
    assert refused.value.given == [f"{NAME}-slow"]


def test_the_target_by_name_is_the_function_that_the_environment_names(
    lambda_: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lambda_.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="MLOPS_PREDICT_FUNCTION is not set"):
        target_of_name("lambda", MODEL)
    monkeypatch.setenv("MLOPS_PREDICT_FUNCTION", "another")
    with pytest.raises(ConfigError, match="AWS does not show this"):
        target_of_name("lambda", MODEL)
    monkeypatch.setenv("MLOPS_PREDICT_FUNCTION", NAME)
    found = target_of_name("lambda", MODEL)
    assert (found.name, found.alias("champion"), list(found.strategies)) == (
        "lambda", "champion-lambda", ["canary", "blue-green"],
    )  # fmt: skip
    client = lambda_.client("lambda")
    client.put_provisioned_concurrency_config(FunctionName=NAME, Qualifier=LIVE, ProvisionedConcurrentExecutions=1)
    assert list(target_of_name("lambda", MODEL).strategies) == ["blue-green"]


def test_the_bundle_of_an_order_is_the_registered_one_or_none(
    lambda_: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "bundle").symlink_to(lambda_.bundles["2"][0])
    found = Champion(MODEL, "2", lambda_.bundles["2"][1], str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setattr(ChampionReader, "at", lambda *_, **__: found)
    assert bundle_of(order_of(lambda_)) == lambda_.bundle(order_of(lambda_))
    with pytest.raises(BundleError, match="digest"):
        bundle_of(order_of(lambda_).model_copy(update={"digest": "0" * 64}))


def test_with_provisioned_concurrency_it_is_all_at_once(lambda_: Account, busy: Busy) -> None:
    target = target_of(lambda_, busy)
    assert target.strategies == ("canary", "blue-green")
    target.weighted = False
    assert list(target.strategies) == ["blue-green"]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("host/a/predict@sha256:0", "host/a/predict"),
        ("host:5000/predict:tag", "host:5000/predict"),
        ("host:5000/predict", "host:5000/predict"),
        ("host/predict:tag@sha256:0", "host/predict"),
    ],
)
def test_an_image_is_pushed_beside_the_one_that_it_is_made_of(image: str, name: str) -> None:
    assert repository(image) == name
