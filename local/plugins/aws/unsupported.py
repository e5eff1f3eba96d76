"""What no emulator has, with the reason: recorded in the state only, and said so in every run. The one table of it."""

from __future__ import annotations

from collections.abc import Mapping

# Token of a type → why. The type derives from `recorded.Recorded`.
TYPES: Mapping[str, str] = {}

# (token, boto3 operation) → why. The type calls `op.recorded_only(operation)` where it would call AWS.
OPERATIONS: Mapping[tuple[str, str], str] = {}
