"""Where a password comes from: never from the command line, which every process of a machine can read."""

from __future__ import annotations

import getpass
import os
import secrets
import sys

from jobs.errors import ConfigError

VARIABLE = "MLOPS_USER_PASSWORD"
# MLflow's own limit.
SHORTEST = 12


def made() -> str:
    """A new one of 128 random bits."""
    return secrets.token_urlsafe(16)


def given(name: str) -> str:
    """From MLOPS_USER_PASSWORD, else typed twice, else the first line of standard input. Raises ConfigError."""
    if VARIABLE in os.environ:
        return _long_enough(os.environ[VARIABLE])
    if not sys.stdin.isatty():
        return _long_enough(sys.stdin.readline().rstrip("\r\n"))
    first = getpass.getpass(f"password of {name}: ")
    if getpass.getpass("once more: ") != first:
        raise ConfigError("the two passwords differ", change="type the same one twice")
    return _long_enough(first)


def _long_enough(password: str) -> str:
    if len(password) < SHORTEST:
        raise ConfigError(
            "the password is too short", given=f"{len(password)} characters", allowed=f"{SHORTEST} or more",
            change=f"give it by {VARIABLE} or on standard input, or let one be made with --generate",
        )  # fmt: skip
    return password
