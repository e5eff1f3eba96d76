"""Any text is shown as it is, and any report fits into a comment."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from infra.review.markdown import COMMENT_LIMIT, Section, block, code, document, shown

# Lines are Markdown already: whoever makes them lets no HTML of others through.
LINES = st.lists(st.text(st.characters(exclude_characters="\r\n<"), max_size=40), max_size=12)
SECTIONS = st.lists(st.builds(Section, st.text("abc ", min_size=1, max_size=8), LINES, st.booleans()), max_size=6)


@given(st.text())
def test_a_code_span_is_one_line_and_cannot_be_left(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)
    assert fence
    inside = span[len(fence[0]) : -len(fence[0])]
    assert span.endswith(fence[0])
    assert "\n" not in span
    assert max((len(run) for run in re.findall("`+", inside)), default=0) < len(fence[0])
    assert not inside.startswith("`")
    assert not inside.endswith("`")


@given(st.text(st.sampled_from("`ab \n")))
def test_a_code_block_cannot_be_left(text: str) -> None:
    lines = block(text)
    fence = lines[-1]
    assert set(fence) == {"`"}
    assert [line for line in lines[1:-1] if line.startswith(fence)] == []


def test_long_values_are_shown_from_where_they_differ() -> None:
    document = '{"Statement": [' + "x" * 200
    found = shown(document + "allow" + "y" * 90, document + "deny" + "y" * 90)
    assert "allow" in found
    assert "deny" in found
    assert len(found) < 160


def test_values_of_every_kind_are_shown() -> None:
    assert shown(None, "") == '`(unset)` → `""`'
    assert shown(True, ["a|b"]) == '`true` → `["a|b"]`'


@given(SECTIONS, st.integers(400, 900))
def test_a_cut_document_fits_says_what_is_missing_and_closes_what_it_opens(sections: list[Section], limit: int) -> None:
    whole = document(["top"], sections, None, "See all.")
    found = document(["top"], sections, limit, "See all.")
    assert len(found.encode()) <= limit
    assert found.startswith("top\n")
    assert found.count("<details>") == found.count("</details>")
    if found != whole:
        missing = re.search(r"\*\*CUT: (\d+) lines are left out, .* See all\.\*\*\n$", found)
        assert missing
        assert 0 < int(missing[1]) <= sum(len(section.lines) for section in sections)


def test_the_limit_is_githubs() -> None:
    assert COMMENT_LIMIT == 65536
