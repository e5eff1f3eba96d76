"""What an instance class of RDS has. Pure."""

import re

# GiB of memory of the size `large`, by the first letter of the family: db.m7g.large has 8.
LARGE_MEMORY = {"t": 8.0, "m": 8.0, "r": 16.0}
SMALLER = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1.0}
# RDS' own default of max_connections is the memory divided by this.
BYTES_PER_CONNECTION = 9_531_392


def memory_bytes(instance_class: str) -> int:
    """Memory of `db.t4g.medium`, `db.r7g.2xlarge`."""
    _, family, size = instance_class.split(".")
    times = _times(size)
    if family[0] not in LARGE_MEMORY or times is None:
        raise ValueError(
            f"database.instanceClass is {instance_class}; known are families of {', '.join(LARGE_MEMORY)} in sizes "
            f"{', '.join(SMALLER)}, xlarge and Nxlarge: choose one, or add it to infra/database/instance_class.py"
        )
    return int(LARGE_MEMORY[family[0]] * times * 2**30)


def most_connections(instance_class: str) -> int:
    """How many connections RDS itself would allow; more of them do not fit into the memory."""
    return memory_bytes(instance_class) // BYTES_PER_CONNECTION


def burstable(instance_class: str) -> bool:
    """Whether its processor lives on credits."""
    return instance_class.startswith("db.t")


def _times(size: str) -> float | None:
    if size in SMALLER:
        return SMALLER[size]
    many = re.fullmatch(r"(\d*)xlarge", size)
    return None if many is None else 2.0 * int(many[1] or 1)
