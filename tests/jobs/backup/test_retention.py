"""Claims about which sets stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.backup.retention import Keep, kept

BEGIN = datetime(2025, 1, 1, 2, tzinfo=UTC)
TIMES = st.lists(st.integers(0, 20_000).map(lambda hours: BEGIN + timedelta(hours=hours)), unique=True)


def test_two_years_of_nights_leave_seven_days_four_weeks_and_twelve_months() -> None:
    nights = [BEGIN + timedelta(days=day) for day in range(730)]
    found = kept(nights, Keep())
    assert sum("daily" in why for why in found.values()) == 7
    assert sum("weekly" in why for why in found.values()) == 4
    assert sum("monthly" in why for why in found.values()) == 12
    assert min(found) == datetime(2026, 1, 31, 2, tzinfo=UTC)


@given(TIMES, st.integers(1, 9), st.integers(0, 5), st.integers(0, 13))
def test_the_newest_stays_and_no_more_than_asked_for(
    times: list[datetime], daily: int, weekly: int, monthly: int
) -> None:
    found = kept(times, Keep(daily, weekly, monthly))
    assert found.keys() <= set(times)
    assert not times or max(times) in found
    assert len(found) <= daily + weekly + monthly


@given(TIMES)
def test_what_is_kept_once_a_later_rotation_only_thins(times: list[datetime]) -> None:
    found = kept(times, Keep())
    assert kept(list(found), Keep()).keys() == found.keys()


def test_of_a_day_with_several_sets_the_newest_stays() -> None:
    day = [BEGIN, BEGIN + timedelta(hours=3), BEGIN + timedelta(hours=9)]
    assert kept(day, Keep()) == {day[2]: ("daily", "weekly", "monthly")}


def test_the_newest_stays_whatever_is_asked_for() -> None:
    day = [BEGIN, BEGIN + timedelta(hours=3)]
    assert kept(day, Keep(0, 0, 0)) == {day[1]: ("newest",)}
