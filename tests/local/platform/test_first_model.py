"""What counts as "there is no champion yet", with `mlops` replaced by its answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jobs.errors import ConfigError, MlopsError, RegistryError, UnreachableError
from local.cluster.instance import Instance
from local.errors import LocalError
from local.platform.first_model import Answer, Mlops, Report, ensure_champion

NOTHING = Answer(1, json.dumps(RegistryError("the model does not exist", given="m", allowed=[]).as_dict()))
INSTANCE = Instance("x", 0, Path("/x"))
FINE = Answer(0, json.dumps({"version": "7"}))


@dataclass(frozen=True)
class Answering(Mlops):
    """Gives these answers by sub-command, and keeps what it was asked."""

    instance: Instance = INSTANCE
    kubeconfig: Path = Path("/x/kubeconfig")
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *arguments: str, report: Report | None = None) -> Answer:  # noqa: ARG002  a fake says nothing
        self.asked.append(arguments)
        return self.answers.get(arguments[1], FINE)


def commands(mlops: Answering) -> list[str]:
    return [" ".join(arguments[:2]) for arguments in mlops.asked]


def test_a_champion_is_left_alone() -> None:
    mlops, told = Answering(), list[str]()
    ensure_champion(mlops, "m", "live", told.append)
    assert mlops.asked == [("models", "show", "m", "@live", "--json")]
    assert told == ["live of m is version 7: nothing to train"]


def test_an_empty_registry_gets_a_first_model_under_the_stack_s_names() -> None:
    mlops = Answering(answers={"show": NOTHING, "list": NOTHING})
    ensure_champion(mlops, "m", "live", print)
    made = ["data pipeline", "train run", "models register", "models promote"]
    assert commands(mlops) == ["models show", "models list", *made]
    assert mlops.asked[-2] == ("models", "register", "m", "--experiment", "churn-classifier", "--json")
    assert mlops.asked[-1] == ("models", "promote", "m", "--alias", "live", "--json")


def test_a_registered_model_is_only_promoted() -> None:
    mlops = Answering(answers={"show": NOTHING, "list": Answer(0, '[{"version": "1"}]')})
    ensure_champion(mlops, "m", "live", print)
    assert commands(mlops) == ["models show", "models list", "models promote"]


@pytest.mark.parametrize("asked", ["show", "list"])
@pytest.mark.parametrize(
    "failure",
    [
        Answer(1, json.dumps(UnreachableError("a server does not answer").as_dict())),
        Answer(1, json.dumps(MlopsError("the request was refused", given="401").as_dict())),
        Answer(2, json.dumps(ConfigError("no tracking server is known").as_dict())),
        Answer(1, "", "Traceback: a server does not answer"),
        Answer(1, '"a server does not answer"'),
    ],
)
def test_any_other_failure_trains_nothing(asked: str, failure: Answer) -> None:
    mlops = Answering(answers={"show": NOTHING, asked: failure})
    with pytest.raises(LocalError, match=r"nothing was trained:\n(.|\n)*(does not answer|401|no tracking)"):
        ensure_champion(mlops, "m", "live", print)
    assert not {"train run", "models register", "models promote"} & set(commands(mlops))
