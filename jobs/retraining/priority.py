"""How urgent a retraining is."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """P0: the model is worse. P1: its answers or the labels moved, or drift is large. P2: drift. P3: no hurry."""

    P0 = 0
    P1 = 1
    P2 = 2
    P3 = 3
