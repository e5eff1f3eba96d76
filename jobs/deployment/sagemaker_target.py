"""SageMaker as a place that serves: a configuration for each version of a model, and guarded updates between them.

SageMaker moves the traffic itself, by a canary of its own, and goes back without a word when an alarm goes off: what
is in use afterwards is read back, and must be what was asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jobs.bundle.manifest import Manifest
from jobs.bundle.prediction import TOLERANCE
from jobs.deployment.cloudwatch import MINUTE, CloudWatch, Series, latency_series, spread, total
from jobs.deployment.figures import Figures, Side
from jobs.deployment.plan import BACK
from jobs.deployment.policy import Strategy
from jobs.deployment.record import Kept, Order
from jobs.deployment.sagemaker_endpoint import Endpoint, EndpointError, Live, guardrails, way_back
from jobs.deployment.step import Step
from jobs.deployment.target import BadVersionError, Fence, Meter, Observed, Say, SideState

PLACE = "sagemaker"
NEXT = "next"
VERSION = "MLOPS_MODEL_VERSION"
ALARMS = ("errors", "slow")
LOOK_SECONDS = 15.0
_SAGEMAKER, _MICROSECOND = "AWS/SageMaker", 1e-6

Bundle = Callable[[Order], Mapping[str, bytes]]


@dataclass
class SagemakerTarget:
    """Both sides are configurations of one endpoint. `shape`: the stack's newest, which a rollout that begins copies;
    without it the one in use. `follows`: the version that an endpoint without a pin has, as the registry says."""

    endpoint: Endpoint
    metrics: CloudWatch
    bundle: Bundle
    follows: Callable[[], str | None]
    shape: str | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @property
    def name(self) -> str:
        return PLACE

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """SageMaker's own canary is part of its blue-green update; weights in between are not ours to set."""
        return ("blue-green",)

    def alias(self, alias: str) -> str:
        return f"{alias}-{PLACE}"

    def observe(self) -> Observed:
        live = self.endpoint.live()
        version = self._pin(live.configuration) or self.follows()
        served = (version,) if version and live.status == "InService" else ()
        told = (f"{live.status}: {live.reason}" if live.reason else live.status,)
        active = SideState(live.configuration, served, 100, 0, live.wanted, live.instances, told)
        sides, idle = (active, SideState(NEXT, (), 0)), "" if live.dead else NEXT
        return Observed(sides, live.configuration, idle, self.shape or live.configuration)

    def ask(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return self.endpoint.ask(records)

    def prepare(self, order: Order, fence: Fence, say: Say) -> None:
        # The stack may have removed the shape meanwhile.
        if not self.endpoint.has(self._name(order)):
            configuration = self.endpoint.configuration(self._shape(order))
            model = self.endpoint.model_of(self._shape(order))
            container = dict(model["PrimaryContainer"])
            container["Environment"] = {**container.get("Environment", {}), VERSION: order.version}
            fence()
            self.endpoint.make(self._name(order), configuration, {**model, "PrimaryContainer": container})
        say(f"configuration {self._name(order)}")

    def apply(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        if step.weight == 0:
            self._must_be(order.stable_side)
            return
        # Back from a version that fails: its alarms, which are on, would undo that.
        self._go(order, self._name(order), fence, (lambda _: way_back()) if order.steps == BACK else self._guardrails)
        manifest = Manifest.from_text(self.bundle(order)["bundle.json"])
        answer = self.endpoint.ask([row.record for row in manifest.golden])
        got = [float(one["probability"]) for one in answer.get("predictions", ())]
        expected = [row.probability for row in manifest.golden]
        if answer.get("version") != order.version or len(got) != len(expected):
            raise BadVersionError("the endpoint has another model", given=str(answer)[:300], allowed=order.version)
        if any(abs(a - b) > TOLERANCE for a, b in zip(got, expected, strict=True)):
            raise BadVersionError("the endpoint predicts other than it was trained to", given=got, allowed=expected)
        say(f"endpoint {self.endpoint.name}: {self._name(order)} is in use and answers")

    def meter(self, order: Order) -> Meter:
        new, opened = self.endpoint.live().configuration == self._name(order), self.clock()
        # Both fleets are one variant to CloudWatch: the minute of the switch has both.
        minute = opened.replace(second=0, microsecond=0)
        start = minute + MINUTE if new else minute
        alarms = self.endpoint.alarms(ALARMS)
        on = self.metrics.alarms(alarms)
        last: list[tuple[datetime, Figures]] = []

        def read() -> Figures:
            now = self.clock()
            if last and (now - last[0][0]).total_seconds() < LOOK_SECONDS:
                return last[0][1]
            if new and (off := sorted(self.metrics.alarms(alarms) - on)):
                raise BadVersionError(f"the alarm {', '.join(off)} went off")
            side = self._side(order, start, now.replace(second=0, microsecond=0) + MINUTE)
            last[:] = [(now, Figures(new=side) if new else Figures(stable=side))]
            return last[0][1]

        return read

    def revert(self, order: Order, fence: Fence, say: Say) -> None:
        try:
            self._go(order, order.stable_side, fence, lambda _: way_back())
        except BadVersionError as error:
            raise EndpointError(
                "the endpoint does not go back", given=error.given, allowed=order.stable_side
            ) from error
        say(f"endpoint {self.endpoint.name}: {order.stable_side} is in use")

    def settle(self, order: Order, kept: Kept, fence: Fence, say: Say) -> None:
        wanted = self._name(order) if kept == "new" else order.stable_side
        self._must_be(wanted)
        if kept == "stable":
            fence()
            self.endpoint.remove(self._name(order))
        say(f"endpoint {self.endpoint.name} stays with {wanted}")

    def _go(self, order: Order, wanted: str, fence: Fence, how: Callable[[Live], Mapping[str, Any]]) -> None:
        """Raises BadVersionError when SageMaker went back by itself."""
        live = self.endpoint.settled()
        if live.configuration == wanted:
            return
        if live.configuration not in (order.stable_side, self._name(order)):
            raise EndpointError(
                "the endpoint is on a configuration that is not of this rollout", given=live.configuration,
                allowed=[order.stable_side, self._name(order)],
                change="whoever moved it may move it back; then resume. "
                f"Made anew: `mlops deploy rollback {PLACE} {order.model} --gone`",
            )  # fmt: skip
        fence()
        self.endpoint.update(wanted, how(live))
        live = self.endpoint.settled()
        if live.configuration != wanted:
            raise BadVersionError(
                f"SageMaker took the update back; {live.configuration} is in use", given=live.reason or live.status,
                allowed=wanted,
            )  # fmt: skip

    def _must_be(self, wanted: str) -> None:
        live = self.endpoint.settled()
        if live.configuration != wanted:
            raise EndpointError(
                "the endpoint is on another configuration", given=live.configuration, allowed=wanted,
                change="`mlops deploy status sagemaker MODEL`; then resume or roll back",
            )  # fmt: skip

    def _guardrails(self, live: Live) -> Mapping[str, Any]:
        """The stack's, or of its kind where SageMaker shows none; with the alarms in any case."""
        own = guardrails(live.wanted, self.endpoint.alarms(ALARMS))
        shown = live.guardrails
        return shown if (shown.get("AutoRollbackConfiguration") or {}).get("Alarms") else own

    def _side(self, order: Order, start: datetime, end: datetime) -> Side:
        if start >= end:
            return Side()
        variant = self.endpoint.configuration(self._name(order))["ProductionVariants"][0]["VariantName"]
        dimensions = {"EndpointName": self.endpoint.name, "VariantName": variant}
        sums = [Series(_SAGEMAKER, name, dimensions) for name in ("Invocations", "Invocation5XXErrors")]
        slow = latency_series(_SAGEMAKER, "ModelLatency", dimensions)
        invocations, errors, *latency = self.metrics.minutes([*sums, *slow], start, end)
        return Side(requests=total(invocations), errors=total(errors), seconds=spread(latency, _MICROSECOND))

    def _pin(self, configuration: str) -> str | None:
        environment: Mapping[str, str] = self.endpoint.model_of(configuration)["PrimaryContainer"].get(
            "Environment", {}
        )
        return environment.get(VERSION)

    def _shape(self, order: Order) -> str:
        """An order of before orders had one has the stack's of now."""
        return order.shape or self.shape or order.stable_side

    def _name(self, order: Order) -> str:
        """Says what it is made of, so that the same is made once: the version, and the shape around it."""
        shape = self._shape(order)
        made_of = json.dumps([order.model, order.digest, shape])
        return f"{self.endpoint.name[:40]}-v{order.version}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
