"""Claims about what becomes of objects with time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.storage.lifecycle import INFREQUENT_ACCESS_MIN_DAYS, Lifecycle, rules

DAYS = st.integers(1, 3650)


@given(access=st.integers(30, 3650), old=DAYS, expire=DAYS | st.none())
def test_no_object_is_moved_to_a_tier_that_bills_it_longer_than_it_lives(
    access: int, old: int, expire: int | None
) -> None:
    made = {str(rule.id): rule for rule in rules(Lifecycle(access, old, expire))}
    if expire is None:
        assert "infrequent-access" in made
    else:
        assert ("infrequent-access" in made) is (expire - access >= INFREQUENT_ACCESS_MIN_DAYS)


@given(access=st.integers(30, 3650), old=DAYS, expire=DAYS | st.none())
def test_every_bucket_loses_old_versions_and_unfinished_uploads(access: int, old: int, expire: int | None) -> None:
    made = {str(rule.id) for rule in rules(Lifecycle(access, old, expire))}
    assert {"old-versions", "unfinished-uploads"} < made
    assert ("expiry" in made) is (expire is not None)
    assert ("markers" in made) is (expire is None)
