"""What Prometheus works out has the value that its story says, as promtool judges."""

from pathlib import Path

import pytest
import yaml

from infra.observability.rule_file import rule_file
from infra.observability.rules import RECORDINGS
from tests.alerts.scenarios import training
from tests.support import promtool

# Name, story, series, value at minute 10; None: there is no such series.
STORIES: tuple[tuple[str, str, dict[str, str], float | None], ...] = (
    ("mlops:training_success:ratio_6h", "nothing was trained", {}, None),
    ("mlops:training_success:ratio_6h", "the only training failed", training("a", failed=True), 0),
    (
        "mlops:training_success:ratio_6h",
        "three of four were well, one of them a retraining",
        training("a", failed=False)
        | training("b", failed=False, kind="retraining")
        | training("c", failed=False)
        | training("d", failed=True),
        0.75,
    ),
    (
        "mlops:training_success:ratio_6h",
        "another kind of Job failed",
        training("a", failed=False) | training("b", failed=True, kind="data"),
        1,
    ),
)


@pytest.mark.parametrize(("name", "story", "series", "value"), STORIES, ids=lambda given: str(given)[:60])
def test_a_recorded_figure_is_what_its_story_says(
    name: str, story: str, series: dict[str, str], value: float | None, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(rule_file((), RECORDINGS))
    expected = [] if value is None else [{"labels": f'{{__name__="{name}"}}', "value": value}]
    told = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [{"expr": name, "eval_time": "10m", "exp_samples": expected}],
    }
    test = tmp_path / "test.yaml"
    test.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [told]}))

    judged = promtool.run("promtool", "test", "rules", test)

    assert judged.returncode == 0, story + judged.stdout + judged.stderr


def test_every_recorded_figure_has_a_story() -> None:
    assert {name for name, *_ in STORIES} == {recording.name for recording in RECORDINGS}
