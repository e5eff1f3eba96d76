"""One retraining: the champion's recipe on the newest labelled rows, a challenger, the gate, an outcome."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from jobs.datasets.source import DatasetSource, Source
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.errors import ClusterError, MlopsError, UnreachableError
from jobs.registry.held_out import config_of
from jobs.registry.moves import Move, carry_out
from jobs.registry.promotion import challenge
from jobs.retraining.ledger import Ledger
from jobs.retraining.order import Order
from jobs.retraining.outcome import Outcome, Result
from jobs.training.config import Experiment
from jobs.training.record import BEST_TAG, DATA_TAG, ROLE, run_experiment

if TYPE_CHECKING:
    from jobs.audit.trail import Trail
    from jobs.registry.versions import Registry, Version

Say = Callable[[str], None]
# How many trainings of the same data are looked through for one of the same config.
LOOK_BACK = 20
NO_NEWS = "there are no rows that the champion was not trained on; retraining.data names others"


@dataclass(frozen=True)
class Retraining:
    """One attempt at an order. Every attempt ends what the one before began: same data and config, same version."""

    order: Order
    ledger: Ledger
    registry: Registry
    trail: Trail
    say: Say

    def run(self) -> Outcome:
        """The outcome that counts, put on record. Raises UnreachableError, ClusterError: then try again."""
        if done := self.ledger.outcome(self.order):
            self.say(f"{self.order.name} has ended before: {done.result}")
            return done
        try:
            outcome = self._attempt()
        except (UnreachableError, ClusterError):
            raise
        except MlopsError as error:
            outcome = self._outcome("failed", str(error)[:2000])
        kept, ours = self.ledger.finish(outcome)
        if ours:
            self.trail.append(
                f"retraining.{kept.result}", kept.model, name=kept.name, reason=kept.reason, version=kept.version,
                champion=kept.champion,
            )  # fmt: skip
        return kept

    def _attempt(self) -> Outcome:
        order, say = self.order, self.say
        # By number: once an earlier attempt has promoted its challenger, the alias names that one.
        champion = self.registry.find(order.model, order.champion)
        recipe, source = config_of(self.registry, champion)
        experiment = recipe.model_copy(update={"data": newest(order.data, source, order.time)})
        say(f"{order.name}: {order.reason}; recipe of version {champion.version}")
        table = validate(experiment.data.read(), experiment.table, experiment.data.model_dump_json())
        known: dict[str, Any] = {"champion": champion.version, "data_sha256": table.digest()}
        if table.digest() == champion.tags.get(DATA_TAG):
            return self._outcome("refused", NO_NEWS, **known)
        run_id = self._trained(experiment, table)
        version = self.registry.register(order.model, run_id)
        say(f"{order.model} version {version.version} is the challenger of version {champion.version}")
        return self._decided(version, known)

    def _trained(self, experiment: Experiment, table: Table) -> str:
        """Run of the chosen candidate; a finished training of this config on these rows is not done again."""
        text = yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False)
        if found := _finished(experiment, table.digest(), text):
            self.say(f"trained before as run {found}")
            return found
        recorded = run_experiment(experiment, text, table, self.say)
        return recorded.runs[recorded.best.candidate.name]

    def _decided(self, version: Version, known: dict[str, Any]) -> Outcome:
        if cancelled := self.ledger.outcome(self.order):
            return cancelled
        order, registry, trail = self.order, self.registry, self.trail
        before = registry.holder(order.model, order.challenger)
        if before is None or before.version != version.version:
            move = Move(order.challenger, version, before, f"retraining {order.name}", keep=False)
            carry_out(registry, trail, move, {"reason": order.reason})
        decision = challenge(registry, order.model, version.version, order.alias, trail=trail)
        self.say(f"{order.model} version {version.version}: {decision.verdict}: {'; '.join(decision.reasons)}")
        figures = decision.judgement.as_dict() if decision.judgement else {}
        result: Result = "promoted" if decision.promoted else "refused"
        reason = "; ".join(decision.reasons)
        return self._outcome(result, reason, version=version.version, figures=figures, **known)

    def _outcome(self, result: Result, reason: str, **facts: Any) -> Outcome:
        order = self.order
        return Outcome(
            model=order.model, number=order.number, name=order.name, result=result, reason=reason,
            time=datetime.now(UTC), cpu_hours=cpu_hours(), **facts,
        )  # fmt: skip


def newest(given: Source | None, recorded: Source, time: datetime) -> Source:
    """Where the rows are: as given, or the champion's own dataset as it is now instead of then.

    `time`: when the start was decided, so that every attempt reads the same rows of a dataset.
    """
    source = given or recorded
    if isinstance(source, DatasetSource) and (given is None or source.as_of is None):
        return source.model_copy(update={"as_of": time}).pinned()
    return source


def cpu_hours() -> float:
    """Of this process and its children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) / 3600


def _finished(experiment: Experiment, data_sha256: str, text: str) -> str | None:
    import mlflow
    from mlflow import MlflowClient

    client = MlflowClient()
    home = client.get_experiment_by_name(experiment.experiment)
    if home is None:
        return None
    runs = client.search_runs(
        [home.experiment_id],
        f"attributes.status = 'FINISHED' and tags.`{ROLE}` = 'experiment' and tags.`{DATA_TAG}` = '{data_sha256}'",
        order_by=["attributes.start_time DESC"],
        max_results=LOOK_BACK,
    )
    for run in runs:
        chosen = run.data.tags.get(BEST_TAG)
        if chosen and mlflow.artifacts.load_text(f"{run.info.artifact_uri}/config.yaml") == text:
            return str(chosen)
    return None
