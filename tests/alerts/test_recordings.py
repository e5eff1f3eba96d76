"""What Prometheus works out has the value that its story says, as promtool judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.observability.rules import RECORDINGS
from infra.observability.slo import SECONDS, SLOS
from tests.alerts.scenario import every, judged
from tests.alerts.scenarios import answered, canaries, cron_job, forgotten, predictions, rollouts, training, tuning

WINDOWS = tuple(SECONDS)
UP = {'up{job="kube-state-metrics"}': "1x60"}
MLFLOW = 'kube_deployment_status_replicas_available{namespace="ml-platform",deployment="mlflow"}'

MADE = 'kube_deployment_created{namespace="ml-platform",deployment="mlflow"}'


@dataclass(frozen=True)
class Story:
    """Values by their labels, which follow the name; `at`: when to look."""

    name: str
    story: str
    series: Mapping[str, str]
    values: Mapping[str, float]
    at: str = "10m"

    def __str__(self) -> str:
        return f"{self.name}: {self.story}"


RATIO, TRAINED = "mlops:slo_errors:ratio_", "mlops:training_success:ratio_6h"
TRACKING, LATENCY = '{slo="tracking"}', '{slo="latency"}'
RESTARTED = "the pushgateway was restarted"
STORIES = (
    Story(TRAINED, "nothing was trained", {}, {}),
    Story(TRAINED, "the only training failed", training("a", failed=True), {"": 0}),
    Story(
        TRAINED,
        "three of four were well, one of them a retraining",
        training("a", failed=False)
        | training("b", failed=False, kind="retraining")
        | training("c", failed=False)
        | training("d", failed=True),
        {"": 0.75},
    ),
    Story(
        TRAINED,
        "another kind of Job failed",
        training("a", failed=False) | training("b", failed=True, kind="data"),
        {"": 1},
    ),
    Story("mlops:tracking_failing:ratio", "a replica is ready and nobody asks", UP | {MLFLOW: "1x60"}, {"": 0}),
    Story("mlops:tracking_failing:ratio", "a new platform starts", UP | {MLFLOW: "0x60", MADE: "0x60"}, {}, "14m"),
    Story("mlops:tracking_failing:ratio", "it never started", UP | {MLFLOW: "0x60", MADE: "0x60"}, {"": 1}, "16m"),
    Story("mlops:tracking_failing:ratio", "no replica is ready", UP | {MLFLOW: "0x60"}, {"": 1}),
    Story("mlops:tracking_failing:ratio", "the deployment is gone", UP, {"": 1}),
    Story(
        "mlops:tracking_failing:ratio", "one answer in ten is 5xx", UP | {MLFLOW: "1x60"} | answered(9, 1), {"": 0.1}
    ),
    Story(
        "mlops:tracking_failing:ratio", "nothing is known of the cluster", {'up{job="kube-state-metrics"}': "0x60"}, {}
    ),
    *(
        Story(
            RATIO + window, "down for four of twenty minutes", UP | {MLFLOW: "1x3 0x3 1x20"}, {TRACKING: share}, "19m"
        )
        for window, share in zip(WINDOWS, (0, *(0.2 for _ in WINDOWS[1:])), strict=True)
    ),
    *(
        Story(
            RATIO + window, "one prediction in four takes longer", predictions(fast=3, slow=1), {LATENCY: 0.25}, "40m"
        )
        for window in WINDOWS
    ),
    Story(f"{RATIO}1h", "nobody asks for predictions", predictions(fast=0, slow=0), {}, "40m"),
    *(
        Story(
            RATIO + window,
            "one of four trainings failed, and a study is no training",
            training("a", failed=False)
            | training("b", failed=False)
            | training("c", failed=True)
            | training("d", failed=False, kind="retraining")
            | tuning("e", "failed"),
            {'{slo="training"}': 0.25, '{slo="tuning"}': 1},
        )
        for window in ("1d", "30d")
    ),
    Story(
        f"{RATIO}30d",
        "a training that is gone from the cluster still counts",
        {name: values.replace("x6000", "x20") for name, values in training("a", failed=True).items()}
        | training("b", failed=False),
        {'{slo="training"}': 0.5},
        "3h",
    ),
    Story(
        f"{RATIO}1d",
        "a training of the day before does not count for today",
        training("a", failed=True, began="60x6000") | training("b", failed=False, began="90000x6000"),
        {'{slo="training"}': 0},
        "26h",
    ),
    Story(
        f"{RATIO}30d",
        "of four studies one failed, one took five hours, one has been running for five",
        tuning("a", "complete", hours=3)
        | tuning("b", "failed")
        | tuning("c", "complete", hours=5)
        | tuning("d", "running"),
        {'{slo="tuning"}': 0.75},
        "5h",
    ),
    Story(f"{RATIO}30d", "a study has been running for three hours", tuning("d", "running"), {}, "3h"),
    Story(
        f"{RATIO}30d",
        "one of 20 rollouts went back; shadows do not count",
        rollouts("30d", 19, 1, shadows=5),
        {'{slo="deployment"}': 0.05},
    ),
    Story(f"{RATIO}30d", RESTARTED, forgotten(rollouts("30d", 19, 1)), {'{slo="deployment"}': 0.05}, "60m"),
    Story(
        "mlops:slo_events:count_3d",
        "two trainings ended, a study runs, and two of seven rollouts are shadows",
        training("a", failed=True)
        | training("b", failed=False)
        | tuning("c", "running")
        | rollouts("3d", 4, 1, shadows=2),
        {'{slo="training"}': 2, '{slo="deployment"}': 5},
    ),
    Story(f"{RATIO}1d", "nothing was rolled out", rollouts("1d", 0, 0), {}),
    Story("mlops:drift_missed:ratio", "one of twenty planted drifts was missed", canaries(19, 1), {"": 0.05}),
    Story("mlops:drift_missed:ratio", "the newest check is three days old", canaries(20, 0), {"": 1}, "72h"),
    Story("mlops:drift_missed:ratio", "nothing was ever checked", {}, {}),
    Story("mlops:drift_missed:ratio", RESTARTED, forgotten(canaries(19, 1)), {"": 0.05}, "60m"),
    Story(f"{RATIO}30d", "two of twenty are missed all the time", canaries(18, 2), {'{slo="drift"}': 0.1}),
    Story("mlops:slo_events:count_1h", "sixty requests", predictions(fast=1, slow=0), {LATENCY: 60}, "60m"),
    Story(
        "mlops:slo_events:count_1d",
        "one look a minute, the first at once",
        UP | {MLFLOW: "1x60"},
        {TRACKING: 61},
        "60m",
    ),
    Story(
        "mlops:slo_error_budget_left:ratio",
        "a tenth of the predictions is slow, which is twice what is allowed",
        predictions(fast=9, slow=1),
        {LATENCY: -1},
        "40m",
    ),
    Story("mlops:slo_error_budget_left:ratio", "half of it is used", canaries(19, 1), {'{slo="drift"}': 0.5}, "40m"),
    Story(
        "mlops:slo_objective:ratio",
        "whatever happens",
        {},
        {f'{{promise="{slo.promise}",slo="{slo.name}"}}': slo.objective for slo in SLOS},
    ),
    Story(
        "mlops:job_ended:start_seconds",
        "each with its result",
        training("a", failed=True) | training("b", failed=False) | tuning("c", "complete", hours=5),
        {
            '{job_name="a",kind="training",result="failed"}': 60,
            '{job_name="b",kind="training",result="complete"}': 60,
            '{job_name="c",kind="tuning",result="slow"}': 0,
        },
    ),
    Story(
        "mlops:cronjob_gap:seconds",
        "daily",
        cron_job(succeeded=None, started="0x60", due="86400x60"),
        {'{cronjob="backup",namespace="ml-platform"}': 86400},
    ),
    Story(
        "mlops:cronjob_patience:seconds",
        "daily",
        cron_job(succeeded=None, started="0x60", due="86400x60"),
        {'{cronjob="backup",namespace="ml-platform"}': 95112},
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_recorded_figure_is_what_its_story_says(story: Story, tmp_path: Path) -> None:
    # A name that several SLOs share is looked at for those that the story is about.
    slos = sorted(labels.split('slo="')[1].split('"')[0] for labels in story.values if 'slo="' in labels)
    selector = f'{{slo=~"{"|".join(slos)}"}}' if slos else ""
    told = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in story.series.items()],
        "promql_expr_test": [
            {
                "expr": f"round({story.name}{selector}, 0.0001)",
                "eval_time": story.at,
                "exp_samples": [{"labels": labels or "{}", "value": value} for labels, value in story.values.items()],
            }
        ],
    }

    said = judged(tmp_path, (), story.name, every(story.at), told)

    assert said.returncode == 0, f"{story}\n{said.stdout}{said.stderr}"


def test_every_recorded_figure_has_a_story() -> None:
    assert {story.name for story in STORIES} == {recording.name for recording in RECORDINGS}


def test_every_slo_has_a_story_of_its_errors() -> None:
    told = {labels for story in STORIES if story.name.startswith(RATIO) for labels in story.values}

    assert told == {f'{{slo="{slo.name}"}}' for slo in SLOS}
