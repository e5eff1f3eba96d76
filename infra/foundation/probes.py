"""Probe builders. A startup probe buys time for the first start, so liveness can stay short afterwards."""

from collections.abc import Sequence

from pulumi_kubernetes.core import v1 as core

from infra.foundation.workload import Probes


def http(
    port: str,
    *,
    live: str,
    ready: str,
    scheme: str = "HTTP",
    start_seconds: int = 60,
    period: int = 10,
    timeout: int = 3,
) -> Probes:
    """Three HTTP probes; the startup probe asks `live` every 2 s for at most `start_seconds`."""

    def probe(path: str, every: int, failures: int) -> core.ProbeArgs:
        action = core.HTTPGetActionArgs(path=path, port=port, scheme=scheme)
        return core.ProbeArgs(
            http_get=action, period_seconds=every, timeout_seconds=timeout, failure_threshold=failures
        )

    return Probes(
        startup=probe(live, 2, -(-start_seconds // 2)),
        liveness=probe(live, period, 3),
        readiness=probe(ready, period, 2),
    )


def command(
    *, live: Sequence[str], ready: Sequence[str], start_seconds: int = 60, period: int = 10, timeout: int = 3
) -> Probes:
    """Three probes by commands: only cheap programs, never a Python interpreter."""

    def probe(argv: Sequence[str], every: int, failures: int) -> core.ProbeArgs:
        action = core.ExecActionArgs(command=list(argv))
        return core.ProbeArgs(exec_=action, period_seconds=every, timeout_seconds=timeout, failure_threshold=failures)

    return Probes(
        startup=probe(ready, 2, -(-start_seconds // 2)),
        liveness=probe(live, period, 3),
        readiness=probe(ready, period, 2),
    )
