from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from jobs.registry.audit_page import page_of
from jobs.registry.examination import Examination, Examined
from jobs.registry.versions import Registry, Version
from jobs.reports.page import html
from tests.jobs.registry.test_registry import FORCED, MODEL
from tests.jobs.registry.test_registry import spare_version as spare_version
from tests.jobs.support import example, mlops
from tests.support.store import Server

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Outside(HTMLParser):
    """What a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "iframe", "img", "object", "embed", "base"):
            self.found.append(tag)
        self.found += [
            f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "action") or name.startswith("on")
        ]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("registry")
def test_the_page_tells_versions_aliases_decisions_and_entries_and_fetches_nothing(here: Path) -> None:
    mlops("models", "promote", MODEL, "--version", "2")
    assert mlops("models", "note", MODEL, "2", "<script>alert(1)</script>").code == 0
    assert mlops("models", "promote", MODEL, "--version", "2", "--force", "--reason", "law & <order>").code == 0
    said = example("models audit")
    assert (said.code, "0 problems" in said.out) == (0, True), said.out + said.err
    text = (here / "reports" / f"audit-{MODEL}.html").read_text()
    for word in (
        "The audit trail is one whole chain", "<td>champion</td><td>2</td>", "<td>previous-champion</td><td>1</td>",
        "average_precision is not surely better", "law &amp; &lt;order&gt;", "version.registered", "<td>forced</td>",
        "<td>refused</td>", Registry().find(MODEL, "1").bundle,
    ):  # fmt: skip
        assert word in text, word
    page = Outside()
    page.feed(text)
    assert page.found == []
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"url\(|@import", text)
    data = json.loads((here / "reports" / f"audit-{MODEL}.json").read_text())
    assert {one["version"] for one in data["versions"]} >= {"1", "2"}


def test_files_that_were_changed_and_an_alias_moved_past_the_trail_are_told_and_end_with_1(
    spare_version: tuple[str, Path], here: Path
) -> None:
    from mlflow import MlflowClient

    version, bundle = spare_version
    (bundle / "bundle.json").write_bytes((bundle / "bundle.json").read_bytes() + b" ")
    MlflowClient().set_registered_model_alias(MODEL, "champion", "2")
    said = mlops("models", "audit", MODEL, "--json")
    assert said.code == 1
    problems = said.json["problems"]
    assert any(line.startswith(f"{MODEL}@champion names version 2, the trail says version 1") for line in problems)
    assert any(line.startswith(f"version {version}: the digest of the bundle does not match") for line in problems)
    text = (here / f"audit-{MODEL}.html").read_text()
    assert f'<p class="bad">version {version}: the digest of the bundle does not match' in text
    assert "The audit trail is one whole chain" not in text
    assert mlops("models", "promote", MODEL, "--version", "1", *FORCED).code == 0


@pytest.mark.usefixtures("registry")
def test_it_goes_to_the_store_too_and_an_unknown_model_is_refused(store: Server, here: Path) -> None:
    said = mlops("models", "audit", MODEL, "--out", "s3://features/reports", "--json")
    assert said.json["page"] == f"s3://features/reports/audit-{MODEL}.html"
    answer = store.client().get_object(Bucket="features", Key=f"reports/audit-{MODEL}.html")
    assert answer["ContentType"] == "text/html; charset=utf-8"
    unknown = mlops("models", "audit", "nothing")
    assert (unknown.code, MODEL in unknown.err) == (1, True)
    assert list(here.iterdir()) == []


def test_a_model_without_runs_metrics_or_entries_still_has_a_page() -> None:
    version = Version("m", "1", (), None, "s3://x", 0, {})
    text = html(page_of(Examination("m", [Examined(version, "it has no digest")], [], None, ["version 1: bad"]), NOW))
    assert '<p class="bad">version 1: bad</p>' in text
    assert text.count('<p class="none">') >= 3
