import pytest

from local.cluster.wait import until
from local.errors import LocalError


def test_the_first_true_value_is_returned() -> None:
    answers = iter([None, 0, "ready"])
    assert until("it", lambda: next(answers)) == "ready"


def test_what_never_comes_true_is_named_with_the_reason() -> None:
    with pytest.raises(LocalError, match=r"waited 0 s for the node, in vain\. kubelet: no disk"):
        until("the node", lambda: False, seconds=0.2, why_not=lambda: "kubelet: no disk")
