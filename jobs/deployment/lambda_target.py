"""AWS Lambda as a place that serves: an image for each version of a model, an alias that shares traffic out.

One owner of the alias' weights: this. `$LATEST` belongs to the stack; it is borrowed to publish a version, and given
back as it was.
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
from jobs.deployment.cloudwatch import CloudWatch
from jobs.deployment.figures import Figures
from jobs.deployment.lambda_figures import Between
from jobs.deployment.lambda_function import LIVE, LambdaFunction, MovedError, Shape, Traffic
from jobs.deployment.policy import Strategy
from jobs.deployment.record import Kept, Order
from jobs.deployment.step import Step
from jobs.deployment.target import BadVersionError, Fence, Meter, Observed, Say, SideState

PLACE = "lambda"
# The side that a rollout would use, while it has no number yet.
NEXT = "next"
# Where the function looks for its model, and what tells it which: functions/predict/environment.py.
FOLDER = "/model"
VERSION, DIGEST = "MLOPS_MODEL_VERSION", "MLOPS_MODEL_DIGEST"
# The stack's own image, kept with the pin: what died between borrowing and giving back is mended by the next run.
BASE = "MLOPS_BASE_IMAGE"
ALARMS = ("errors", "slow", "unavailable")
# CloudWatch has new figures once a minute, and takes money for each look.
LOOK_SECONDS = 15.0
_ATTEMPTS = 5

# Files of the verified bundle of an order, by name.
Bundle = Callable[[Order], Mapping[str, bytes]]
# An image, files by their path in it, the name to push it as → its name by digest.
Append = Callable[[str, Mapping[str, bytes], str], str]


@dataclass
class LambdaTarget:
    """Both sides are versions of one function. Its first one, made by the stack, follows the registry; others carry
    their model."""

    function: LambdaFunction
    metrics: CloudWatch
    bundle: Bundle
    append: Append
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    weighted: bool = True

    @property
    def name(self) -> str:
        return PLACE

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """An alias with provisioned concurrency cannot have weights: there it is all at once."""
        return ("canary", "blue-green") if self.weighted else ("blue-green",)

    def alias(self, alias: str) -> str:
        return f"{alias}-{PLACE}"

    def observe(self) -> Observed:
        traffic = self.function.traffic()
        idle = next(iter(traffic.shares), NEXT)
        sides = [self._state(traffic.version, traffic)]
        sides.append(SideState(NEXT, (), 0) if idle == NEXT else self._state(idle, traffic))
        return Observed(tuple(sides), traffic.version, idle)

    def ask(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return self.function.ask(LIVE, {"records": list(records)})

    def prepare(self, order: Order, fence: Fence, say: Say) -> None:
        manifest = Manifest.from_text(self.bundle(order)["bundle.json"])
        shape = self._own_shape()
        version = self._in_use(order) or next(iter(self.function.described(_description(order, shape))), None)
        if version is None:
            image = self._image(order, shape.image)
            say(f"image {image}")
            fence()
            # The environment first: from here on it says what the image was.
            self.function.take_env({**shape.env, VERSION: order.version, DIGEST: order.digest, BASE: shape.image})
            self.function.take_image(image)
            version = self.function.publish(_description(order, shape))
        fence()
        self._give_back(shape)
        self._prove(order, version, manifest)
        say(f"version {version} of the function answers as version {order.version} of the model was trained to")

    def apply(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        new = self._new(order)
        if new is None:
            raise BadVersionError("the function's version is gone", given=f"{order.model} {order.version}")
        self._move(order, new, step.weight, fence)
        say(f"function {self.function.name}: version {new} has {step.weight} %")

    def meter(self, order: Order) -> Meter:
        traffic, new, opened = self.function.traffic(), self._new(order), self.clock()
        between = Between(self.function.name, order.stable_side, new, traffic.weight(new) if new else 0)
        alarms = self.function.alarms(ALARMS)
        on = self.metrics.alarms(alarms)
        last: list[tuple[datetime, Figures]] = []

        def read() -> Figures:
            now = self.clock()
            if last and (now - last[0][0]).total_seconds() < LOOK_SECONDS:
                return last[0][1]
            # One that was on before the step is not of its making.
            if between.weight and (off := sorted(self.metrics.alarms(alarms) - on)):
                raise BadVersionError(f"the alarm {', '.join(off)} went off")
            last[:] = [(now, between.figures(self.metrics, opened, now))]
            return last[0][1]

        return read

    def revert(self, order: Order, fence: Fence, say: Say) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                self._move(order, self._new(order), 0, fence)
                break
            except MovedError:
                # The fence has said that nobody else carries this rollout out: whoever wrote did not know of it.
                if attempt == _ATTEMPTS - 1:
                    raise
        say(f"function {self.function.name}: version {order.stable_side} has all traffic")

    def settle(self, order: Order, kept: Kept, fence: Fence, say: Say) -> None:
        new = self._new(order)
        self._move(order, new, 100 if kept == "new" else 0, fence)
        fence()
        self._give_back(self._own_shape())
        if kept == "stable" and new is not None and new != order.stable_side:
            self.function.remove(new)
            say(f"version {new} of the function is removed")

    def _move(self, order: Order, new: str | None, weight: int, fence: Fence) -> None:
        """All on one version, or a share on the new one; read back. Raises MovedError."""
        stable = order.stable_side
        shares = {new: weight} if new and 0 < weight < 100 else {}
        wanted = (new if new and weight == 100 else stable, shares)
        traffic = self.function.traffic()
        if strangers := traffic.versions - {stable, new}:
            raise MovedError(
                "the function's alias names a version that is not of this rollout", given=sorted(strangers),
                allowed=[one for one in (stable, new) if one],
                change="whoever moved it may move it back: `aws lambda update-alias`; then resume or roll back. "
                f"Made anew: `mlops deploy rollback {PLACE} {order.model} --gone`",
            )  # fmt: skip
        if (traffic.version, dict(traffic.shares)) != wanted:
            fence()
            self.function.move(*wanted, traffic.revision)
            traffic = self.function.traffic()
        if (traffic.version, dict(traffic.shares)) != wanted:
            raise MovedError("the function's alias is not as it was set", given=str(traffic), allowed=str(wanted))

    def _new(self, order: Order) -> str | None:
        return self._in_use(order) or next(iter(self.function.described(_model(order))), None)

    def _in_use(self, order: Order) -> str | None:
        """The one that the alias names, in whatever shape: the stack may be changed while a rollout runs."""
        named = self.function.traffic().versions - {order.stable_side}
        return next((one for one in self.function.described(_model(order)) if one in named), None)

    def _own_shape(self) -> Shape:
        """The stack's, whatever an interrupted run left behind."""
        found = self.function.shape()
        env = {key: value for key, value in found.env.items() if key not in (VERSION, DIGEST, BASE)}
        return Shape(found.env.get(BASE, found.image), env, found.memory, found.seconds)

    def _give_back(self, shape: Shape) -> None:
        found = self.function.shape()
        if BASE not in found.env:
            return
        if found.image != shape.image:
            self.function.take_image(shape.image)
        # Last, because it says what the image was.
        self.function.take_env(shape.env)

    def _image(self, order: Order, base: str) -> str:
        files = {f"{FOLDER}/{name}": content for name, content in self.bundle(order).items()}
        # Tags of the repository cannot be moved, so that the tag says all that the image is made of.
        made_of = hashlib.sha256(f"{base} {order.digest}".encode()).hexdigest()[:12]
        return self.append(base, files, f"{repository(base)}:model-{order.version}-{made_of}")

    def _prove(self, order: Order, version: str, manifest: Manifest) -> None:
        """The version has the model, and answers the golden rows as the library did. Raises BadVersionError."""
        told = self.function.ask(version, {"describe": True})
        if (told.get("version"), told.get("digest")) != (order.version, order.digest):
            raise BadVersionError("the function has another model", given=str(told)[:300], allowed=order.digest)
        answer = self.function.ask(version, {"records": [row.record for row in manifest.golden]})
        got = [float(one["probability"]) for one in answer.get("predictions", ())]
        expected = [row.probability for row in manifest.golden]
        if len(got) != len(expected) or any(abs(a - b) > TOLERANCE for a, b in zip(got, expected, strict=True)):
            raise BadVersionError("the function predicts other than it was trained to", given=got, allowed=expected)

    def _state(self, version: str, traffic: Traffic) -> SideState:
        try:
            told: Mapping[str, Any] = self.function.ask(version, {"describe": True})
        except BadVersionError as error:
            return SideState(version, (), traffic.weight(version), 0, 1, 0, (str(error.given),))
        about = f"function version {version}"
        return SideState(version, (str(told["version"]),), traffic.weight(version), 0, 1, 1, (about,))


def repository(image: str) -> str:
    """`host/name@sha256:…` or `host/name:tag` → `host/name`."""
    name = image.split("@")[0]
    return name if ":" not in name.rsplit("/", 1)[-1] else name.rsplit(":", 1)[0]


def _description(order: Order, shape: Shape) -> str:
    """Of a version of the function: the model in it, and the shape around it."""
    around = json.dumps([shape.image, dict(sorted(shape.env.items())), shape.memory, shape.seconds])
    return f"{_model(order)}{hashlib.sha256(around.encode()).hexdigest()[:12]}"


def _model(order: Order) -> str:
    # A description has 256 characters.
    return f"{order.model[:150]} {order.version} {order.digest[:12]} in "
