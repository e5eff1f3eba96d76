"""A Job as its callers say it; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from jobs.cluster.resources import Resources
from jobs.errors import ConfigError

Kind = Literal["training", "tuning", "retraining", "data", "recovery"]
# A pod's host is called `<name>-<index>`, which ends at 63; `-r1` of a further attempt must fit too.
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,56}[a-z0-9])?")
# Further attempts are called so.
RETRY = re.compile(r"-r(\d+)$")
# A file travels as an annotation of the pod, whose key has these characters.
FILE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
# All annotations of an object may have 256 KiB; the rest is for the command and the template's own.
FILES_BYTES = 200 * 1024
# Where the pod finds `files`.
FOLDER = "/etc/mlops/job"


@dataclass(frozen=True)
class JobSpec:
    """What is to run. Raises ConfigError for what Kubernetes would refuse.

    `files`: name → text, below /etc/mlops/job/ in the pod. `resources` and `image`: None means the PodTemplate's.
    `deadline`: seconds for all attempts together. `retries`: of each worker. `workers` > 1 is an Indexed Job, whose
    pods have JOB_COMPLETION_INDEX (0 …). Every pod has MLOPS_JOB (the name) and MLOPS_WORKERS.
    """

    name: str
    kind: Kind
    command: tuple[str, ...]
    template: str = "training"
    files: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    resources: Resources | None = None
    deadline: int = 3600
    retries: int = 1
    workers: int = 1
    image: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _fits(NAME, "name", self.name, "at most 58 of a-z, 0-9 and -, no - at an end")
        for name in self.files:
            _fits(FILE, "file's name", name, "at most 63 of letters, digits, . _ and -")
        for key, value in self.labels.items():
            _fits(LABEL, f"label {key}", value, "at most 63 of letters, digits, . _ and -")
        size = sum(len(text.encode()) for text in self.files.values())
        if size > FILES_BYTES:
            raise ConfigError(
                "a Job's files are too large", given=f"{size} bytes", allowed=f"{FILES_BYTES} bytes together",
                change="put the data into the store and name its s3:// address",
            )  # fmt: skip
        for key, count, least in (
            ("deadline", self.deadline, 1), ("retries", self.retries, 0), ("workers", self.workers, 1)
        ):  # fmt: skip
            if count < least:
                raise ConfigError(f"a Job's {key} is too small", given=count, allowed=f"at least {least}")

    def to_text(self) -> str:
        """JSON without the files, which the Job carries itself."""
        return json.dumps({**asdict(self), "files": {}}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str, files: Mapping[str, str]) -> JobSpec:
        """Of `to_text`. Raises ValueError, KeyError or TypeError for another text."""
        data: dict[str, Any] = json.loads(text)
        resources = Resources(**data["resources"]) if data["resources"] else None
        return cls(**{**data, "command": tuple(data["command"]), "resources": resources, "files": dict(files)})

    def again(self, name: str, resources: Resources | None, image: str | None, deadline: int | None) -> JobSpec:
        """The same under another name, with what is given changed."""
        return replace(
            self, name=name, resources=(self.resources or Resources()).changed(resources), image=image or self.image,
            deadline=deadline or self.deadline,
        )  # fmt: skip


def _fits(pattern: re.Pattern[str], what: str, given: str, allowed: str) -> None:
    if not pattern.fullmatch(given):
        raise ConfigError(f"a Job's {what} is not allowed", given=given, allowed=allowed)


def first_attempt(name: str) -> str:
    """What all attempts of a Job have in common: its name without -r1, -r2 …"""
    return RETRY.sub("", name)


def next_attempt(name: str) -> str:
    """train-x → train-x-r1 → train-x-r2."""
    attempt = RETRY.search(name)
    return f"{first_attempt(name)}-r{int(attempt[1]) + 1 if attempt else 1}"
