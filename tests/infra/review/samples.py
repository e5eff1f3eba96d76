"""Previews to review: recorded from the real engine (see `trial`), and made by hand for what the trial has not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.review.events import read
from infra.review.step import Action, Change, Preview, State, Step
from infra.review.urn import Urn

RECORDED = Path(__file__).parent / "recorded"
PROVIDER = "urn:pulumi:dev::mlops::pulumi:providers:aws::aws"


def recorded(name: str) -> Preview:
    return read((RECORDED / name).read_text())


def urn(kind: str, name: str, domain: str = "storage") -> Urn:
    return Urn("dev", (f"mlops:{domain}:{domain.title()}", kind), name)


def state(inputs: dict[str, Any] | None = None, *, protected: bool = False, retained: bool = False) -> State:
    return State(inputs or {}, protected=protected, retained=retained, provider=PROVIDER)


def create(kind: str, name: str, inputs: dict[str, Any] | None = None, domain: str = "storage") -> Step:
    return Step(Action.CREATE, urn(kind, name, domain), None, state(inputs))


def update(kind: str, name: str, *changes: Change) -> Step:
    return Step(Action.UPDATE, urn(kind, name), state(), state(), changes)


def delete(kind: str, name: str, *, protected: bool = False, retained: bool = False) -> Step:
    return Step(Action.DELETE, urn(kind, name), state(protected=protected, retained=retained))


def preview(*steps: Step, **more: Any) -> Preview:
    return Preview(steps, config={"aws:region": "eu-central-1"}, **more)
