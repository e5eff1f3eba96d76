"""One call of a language model behind the gateway, and its figures as MLflow keeps them. Pure."""

from __future__ import annotations

import math
import time
from collections.abc import Sized
from dataclasses import dataclass, field

# What is counted: a number, or the things themselves.
Count = float | Sized


@dataclass(slots=True)
class Call:
    """`response_time` in seconds; `hedging`: the answer avoids a statement; `error`: what was raised.

    Neither prompt nor answer is kept. Nothing is checked here: the caller must not pay for that, nor fail by it.
    """

    domain: str
    model: str
    temperature: float | None = None
    response_time: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    tokens: int | None = None
    evidence_violations: Count = 0
    citations: Count = 0
    hedging: bool = False
    error: str | None = None
    time: float = field(default_factory=time.time)

    @property
    def series(self) -> tuple[str, str, str]:
        """Calls of one series are one run: domain, model, temperature."""
        return str(self.domain), str(self.model), "default" if self.temperature is None else str(self.temperature)

    def figures(self) -> dict[str, float]:
        """By the name of the metric; what is not known is left out. Raises TypeError or ValueError for no number."""
        tokens = self.tokens
        if tokens is None and self.prompt_tokens is not None and self.completion_tokens is not None:
            tokens = self.prompt_tokens + self.completion_tokens
        known: dict[str, Count | None] = {
            "response_time": self.response_time,
            "token_count": tokens,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "evidence_violations": self.evidence_violations,
            "citation_count": self.citations,
            "hedging_detected": bool(self.hedging),
            "failed": self.error is not None,
        }
        found = {name: _number(value) for name, value in known.items() if value is not None}
        if strange := [name for name, value in found.items() if not math.isfinite(value)]:
            raise ValueError(f"{strange[0]} is {found[strange[0]]}")
        return found


def _number(value: Count) -> float:
    # A text has a length, too, and is no list of things.
    return float(len(value)) if isinstance(value, Sized) and not isinstance(value, str | bytes) else float(value)
