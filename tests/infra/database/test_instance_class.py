"""Claims about what an instance class of RDS has; the numbers are AWS' table of classes."""

from __future__ import annotations

import pytest

from infra.database.instance_class import burstable, memory_bytes, most_connections


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.t4g.medium", 4),
        ("db.t3.2xlarge", 32),
        ("db.m7g.large", 8),
        ("db.m6i.4xlarge", 64),
        ("db.r6g.large", 16),
        ("db.r7g.xlarge", 32),
        ("db.r5.24xlarge", 768),
    ],
)
def test_memory_is_what_the_table_of_classes_says(instance_class: str, gib: int) -> None:
    assert memory_bytes(instance_class) == gib * 2**30


@pytest.mark.parametrize("instance_class", ["db.x2iedn.xlarge", "db.m7g.metal", "db.t4g.nano"])
def test_an_unknown_class_is_refused_by_name_with_those_that_are_known(instance_class: str) -> None:
    with pytest.raises(ValueError, match=rf"{instance_class}; known are families of t, m, r in sizes micro"):
        memory_bytes(instance_class)


def test_connections_follow_from_memory() -> None:
    assert (most_connections("db.t4g.micro"), most_connections("db.m7g.large")) == (112, 901)


def test_only_the_t_classes_live_on_credits() -> None:
    assert burstable("db.t4g.micro")
    assert not burstable("db.m7g.large")
