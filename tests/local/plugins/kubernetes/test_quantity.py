import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.plugins.kubernetes.quantity import amount, smaller


@pytest.mark.parametrize(("left", "right"), [("1000m", "1"), ("1Ki", "1024"), ("1.5Gi", "1536Mi"), ("1e3", "1k")])
def test_the_same_amount_in_two_notations(left: str, right: str) -> None:
    assert amount(left) == amount(right)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_amounts_of_one_unit_order_like_numbers(left: int, right: int) -> None:
    assert smaller(f"{left}Mi", f"{right}Mi") == (left < right)


def test_text_that_is_no_quantity_is_refused_and_never_smaller() -> None:
    with pytest.raises(ValueError, match=r"1\.5Gi"):
        amount("many")
    assert not smaller("many", "1")
