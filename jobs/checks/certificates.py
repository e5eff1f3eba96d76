"""How long the certificates are good that clients are shown."""

from __future__ import annotations

import os

from jobs.checks.check import Finding, judged, skipped
from jobs.checks.system import System


def certificates(system: System) -> Finding:
    """Every certificate is trusted, for the name it is called by, and good for three weeks; our authority's too."""
    from jobs.certificates.judge import judged as found_of

    found = found_of(system.outputs, os.environ, system.now)
    if not found:
        return skipped("nothing is reached over TLS")
    problems = [(f"{one.name}: {problem.says}", problem.change) for one in found for problem in one.problems]
    ends = [one.certificate.ends for one in found if one.certificate]
    days = min((end - system.now).days for end in ends) if ends else 0
    return judged(
        [says for says, _ in problems],
        f"{len(found)} certificates, the first ends in {days} days",
        problems[0][1] if problems else "",
    )
