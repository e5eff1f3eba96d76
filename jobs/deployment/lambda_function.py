"""The function in Lambda: its versions, and the alias that shares traffic out between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.deployment.target import BadVersionError
from jobs.errors import MlopsError

LIVE = "live"
# An image of this size is there in seconds; a function in a VPC may need a minute.
_WAIT_SECONDS = 300


class MovedError(MlopsError):
    """Somebody else wrote at the same moment."""


@dataclass(frozen=True)
class Traffic:
    """What the alias says: the version that has the rest, and shares of others in percent. `revision` is of this."""

    version: str
    shares: Mapping[str, int]
    revision: str

    def weight(self, version: str) -> int:
        """Percent."""
        return 100 - sum(self.shares.values()) if version == self.version else self.shares.get(version, 0)

    @property
    def versions(self) -> set[str]:
        return {self.version, *self.shares}


@dataclass(frozen=True)
class Shape:
    """Image and environment, of `$LATEST` or of a version."""

    image: str
    env: Mapping[str, str]
    memory: int
    seconds: int


@dataclass(frozen=True)
class LambdaFunction:
    """Raises what boto3 raises, MovedError on a write that came second."""

    client: Any
    name: str
    poll_seconds: float = 1.0

    def traffic(self) -> Traffic:
        found = self.client.get_alias(FunctionName=self.name, Name=LIVE)
        given = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        shares = {version: round(weight * 100) for version, weight in given.items() if weight}
        return Traffic(found["FunctionVersion"], shares, found["RevisionId"])

    def move(self, version: str, shares: Mapping[str, int], revision: str) -> None:
        """Only if the alias is still as it was read."""
        weights = {other: share / 100 for other, share in shares.items() if share}
        try:
            self.client.update_alias(
                FunctionName=self.name, Name=LIVE, FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": weights}, RevisionId=revision,
            )  # fmt: skip
        except self.client.exceptions.PreconditionFailedException as error:
            raise MovedError(
                "the function's alias was moved by somebody else", given=f"{self.name}:{LIVE}",
                change="look at it, then `mlops deploy resume` or `mlops deploy rollback`",
            ) from error  # fmt: skip

    def shape(self, version: str = "$LATEST") -> Shape:
        found = self.client.get_function(FunctionName=self.name, Qualifier=version)
        told, code = found["Configuration"], found["Code"]
        env = (told.get("Environment") or {}).get("Variables") or {}
        return Shape(code.get("ImageUri", ""), env, told["MemorySize"], told["Timeout"])

    def take_image(self, image: str) -> None:
        """Makes it `$LATEST`'s."""
        self.client.update_function_code(FunctionName=self.name, ImageUri=image)
        self._updated()

    def take_env(self, env: Mapping[str, str]) -> None:
        """Makes it `$LATEST`'s."""
        self.client.update_function_configuration(FunctionName=self.name, Environment={"Variables": dict(env)})
        self._updated()

    def publish(self, description: str) -> str:
        """`$LATEST` as a version, ready to be asked."""
        version = str(self.client.publish_version(FunctionName=self.name, Description=description)["Version"])
        self.client.get_waiter("published_version_active").wait(
            FunctionName=self.name, Qualifier=version, WaiterConfig=self._patience
        )
        return version

    def described(self, beginning: str) -> list[str]:
        """The published versions whose description begins so, the newest first."""
        pages = self.client.get_paginator("list_versions_by_function").paginate(FunctionName=self.name)
        found = [
            one["Version"] for page in pages for one in page["Versions"]
            if one.get("Description", "").startswith(beginning) and one["Version"].isdecimal()
        ]  # fmt: skip
        return sorted(found, key=int, reverse=True)

    def remove(self, version: str) -> None:
        """What is gone already is gone."""
        try:
            self.client.delete_function(FunctionName=self.name, Qualifier=version)
        except self.client.exceptions.ResourceNotFoundException:
            return

    def ask(self, version: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Calls one version past the alias. Raises BadVersionError when it fails."""
        answer = self.client.invoke(FunctionName=self.name, Qualifier=version, Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(said, dict):
            reason = said.get("errorMessage") if isinstance(said, dict) else said
            raise BadVersionError(f"version {version} of the function fails", given=str(reason)[:300])
        return said

    def alarms(self, names: Sequence[str]) -> list[str]:
        """Full names of the function's alarms, as the stack makes them."""
        return [f"{self.name}-{name}" for name in names]

    @property
    def _patience(self) -> dict[str, Any]:
        return {"Delay": self.poll_seconds, "MaxAttempts": int(_WAIT_SECONDS / self.poll_seconds)}

    def _updated(self) -> None:
        self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig=self._patience)
