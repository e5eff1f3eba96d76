from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.datasets.moment import age_text, key_of, parse_age, parse_time
from jobs.errors import ConfigError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-20T12:00Z", "2026-11-20T13:00:00+01:00", "2026-11-20T12-00-00Z", "2026-11-20 12:00+00:00"]
)
def test_a_time_is_read_as_people_and_as_keys_write_it(text: str) -> None:
    assert parse_time(text) == NOON
    assert key_of(parse_time(text)) == "2026-11-20T12-00-00Z"


@pytest.mark.parametrize("text", ["2026-11-20", "2026-11-20T12:00", "noon", "", "2026-13-01T00:00Z"])
def test_a_time_without_a_zone_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="2026-11-20T12:00Z"):
        parse_time(text)


def test_an_age_is_a_number_with_its_unit() -> None:
    assert [parse_age(text) for text in ("60d", "26h", "90m", "30s", "0d")] == [
        timedelta(days=60), timedelta(hours=26), timedelta(minutes=90), timedelta(seconds=30), timedelta(0),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["60", "d", "-1d", "1.5d", "60 d", "60w", "9999999d"])
def test_another_age_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ConfigError, match="60d"):
        parse_age(text)


def test_an_age_is_told_in_its_largest_unit() -> None:
    told = [age_text(timedelta(seconds=seconds)) for seconds in (5, 90, 5400, 216_000)]
    assert told == ["5 s", "1.5 m", "1.5 h", "2.5 d"]
