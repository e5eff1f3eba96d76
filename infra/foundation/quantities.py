"""Kubernetes quantities as numbers, for arithmetic on requests, limits and quotas."""

_BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def millicores(cpu: str) -> int:
    """`250m` → 250, `2` → 2000."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


def in_bytes(quantity: str) -> int:
    """`64Mi` → 67108864."""
    return int(quantity[:-2]) * _BYTES[quantity[-2:]]
