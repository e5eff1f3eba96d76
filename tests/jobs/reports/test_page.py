"""A page needs nothing but itself, whatever is written into it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ConfigError
from jobs.reports.page import Grid, Page, Section, Text, html
from jobs.reports.plot import Axis, Line, Point, day, plot
from jobs.reports.save import save
from jobs.store import read_object
from tests.jobs.reports.pages import check_page, plots

EVIL = '<script>alert("1")</script>&\'"{{ 7 * 7 }}'
X, Y = Axis("day", day), Axis("value")
numbers = st.floats(-1e12, 1e12)
POINTS = [Point(float(86_400 * number), 0.5 + number, number + 0.25, number + 0.75) for number in range(5)]


def test_text_is_shown_and_never_obeyed() -> None:
    page = Page(EVIL, EVIL, [Section(EVIL, [Text(EVIL, "bad")], [Grid((EVIL, "b"), [(EVIL, 1.5)])])])
    text = html(page)
    check_page(text.replace("{{ 7 * 7 }}", ""))
    assert "<script" not in text
    assert text.count("{{ 7 * 7 }}") == 7
    assert "49" not in text.split("</style>")[1]


def test_a_plot_is_part_of_the_page_and_its_words_are_text() -> None:
    picture = plot(EVIL, [Line(EVIL, POINTS), Line("b", POINTS, dashed=True)], Axis(EVIL, day), Axis(EVIL))
    text = html(Page("t", "a", [Section("s", plots=[picture])]))
    check_page(text)
    assert plots(text) == [picture]
    assert "<script" not in text


def test_a_plot_has_a_line_a_band_dots_and_the_limit_dashed() -> None:
    picture = plot("t", [Line("a", POINTS), Line("limit", [POINTS[0], POINTS[-1]], dashed=True)], X, Y)
    svg = ElementTree.fromstring(picture)
    assert len(svg.findall("polygon")) == 2
    assert len(svg.findall("circle")) == 5
    assert [one.get("stroke-dasharray") for one in svg.findall("polyline")] == [None, "6 4"]
    assert [float(one.split(",")[0]) for one in svg.findall("polyline")[0].get("points", "").split()] == sorted(
        float(one.split(",")[0]) for one in svg.findall("polyline")[0].get("points", "").split()
    )
    assert "01-05" in picture


@given(st.lists(st.builds(Point, numbers, numbers), max_size=30), st.none() | numbers)
def test_whatever_the_numbers_are_they_are_inside_the_picture(points: list[Point], least: float | None) -> None:
    picture = plot("t", [Line("a", sorted(points, key=lambda one: one.x))], X if not points else Axis("x"), Y, least)
    if not points:
        assert picture == '<p class="none">t: no data</p>'
        return
    for circle in ElementTree.fromstring(picture).findall("circle"):
        assert 0 <= float(circle.get("cx", "")) <= 720
        assert 0 <= float(circle.get("cy", "")) <= 260


def test_a_report_is_saved_for_people_and_machines_and_replaced_as_a_whole(tmp_path: Path) -> None:
    for number in (1, 2):
        address = save(str(tmp_path), "daily/2026-11-20", Page(f"Day {number}", "a"), {"number": number})
    assert address == f"{tmp_path}/daily/2026-11-20.html"
    assert "Day 2" in Path(address).read_text()
    assert sorted(path.name for path in (tmp_path / "daily").iterdir()) == ["2026-11-20.html", "2026-11-20.json"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        save(str(tmp_path / "file"), "x", Page("t", "a"), {})


@pytest.mark.usefixtures("store")
def test_a_report_goes_to_the_store() -> None:
    assert save("s3://features/reports/", "a", Page("Kept", "a"), {}) == "s3://features/reports/a.html"
    assert b"Kept" in read_object("s3://features/reports/a.html")
