"""How far a study is, as one line; pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.tuning.outcomes import Outcomes

WIDTH = 24


@dataclass(frozen=True)
class Progress:
    """`begun` is the number of finished trials `seconds` ago, when this run began."""

    now: Outcomes
    trials: int
    begun: int
    seconds: float
    # Seconds that the run may still take.
    left: float
    metric: str
    best: float | None = None
    best_number: int | None = None

    @property
    def rate(self) -> float:
        """Trials a second in this run."""
        return (self.now.finished - self.begun) / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds to the end, by the rate so far; None while nothing is finished."""
        missing = max(0, self.trials - self.now.finished)
        if missing == 0:
            return 0.0
        return min(missing / self.rate, max(self.left, 0.0)) if self.rate > 0 else None

    def line(self) -> str:
        """`[####....] 12/50  best roc_auc 0.8412 (trial 7)  1.8 trials/s  about 21 s left`."""
        done = min(WIDTH, WIDTH * self.now.finished // self.trials)
        value = (
            f"best {self.metric} {self.best:.4f} (trial {self.best_number})" if self.best is not None else "no value"
        )
        parts = [
            f"[{'#' * done}{'.' * (WIDTH - done)}] {self.now.finished}/{self.trials}",
            value,
            f"{self.rate:.2g} trials/s",
            "the end is not known yet" if self.remaining is None else f"about {duration(self.remaining)} left",
        ]
        told = ((self.now.pruned, "pruned"), (self.now.failed, "failed"), (self.now.lost, "lost"))
        parts += [f"{count} {word}" for count, word in told if count]
        return "  ".join(parts)


def duration(seconds: float) -> str:
    """`42 s`, `7 min`, `2 h 05 min`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
