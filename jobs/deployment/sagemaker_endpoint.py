"""The endpoint in SageMaker: the configuration that it is on, and the way to another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.deployment.target import BadVersionError
from jobs.errors import MlopsError

# What a configuration and a model are made of, of all that is shown of them.
_CONFIGURATION = ("ProductionVariants", "DataCaptureConfig", "KmsKeyId")
_MODEL = ("PrimaryContainer", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")
_CONTAINER = ("Image", "Environment", "ModelDataUrl", "ImageConfig", "Mode")
# New instances take ten minutes, and SageMaker itself gives an update four hours.
UPDATE_SECONDS = 14_400
CANARY_PERCENT, CANARY_SECONDS, KEEP_OLD_SECONDS = 20, 300, 120


class EndpointError(MlopsError):
    """SageMaker does not do what was asked, and no version is to blame."""


@dataclass(frozen=True)
class Live:
    """The configuration in use, `status`, and how many instances its variant has of how many wanted."""

    configuration: str
    status: str
    instances: int
    wanted: int
    reason: str
    guardrails: Mapping[str, Any]

    @property
    def dead(self) -> bool:
        """Takes no update any more."""
        return "Failed" in self.status or self.status in ("OutOfService", "Deleting")


@dataclass(frozen=True)
class Endpoint:
    """Raises what boto3 raises."""

    client: Any
    runtime: Any
    name: str
    poll_seconds: float = 15.0
    wait: Callable[[float], None] = time.sleep

    def live(self) -> Live:
        found = self.client.describe_endpoint(EndpointName=self.name)
        variant = (found.get("ProductionVariants") or [{}])[0]
        return Live(
            found["EndpointConfigName"], found["EndpointStatus"], variant.get("CurrentInstanceCount", 0),
            variant.get("DesiredInstanceCount", 0), found.get("FailureReason", ""),
            found.get("LastDeploymentConfig", {}),
        )  # fmt: skip

    def configuration(self, name: str) -> dict[str, Any]:
        """What it is made of."""
        return _parts(self.client.describe_endpoint_config(EndpointConfigName=name), _CONFIGURATION)

    def model(self, name: str) -> dict[str, Any]:
        """What it is made of."""
        found = _parts(self.client.describe_model(ModelName=name), _MODEL)
        return {**found, "PrimaryContainer": _parts(found["PrimaryContainer"], _CONTAINER)}

    def model_of(self, configuration: str) -> dict[str, Any]:
        """Of the configuration's one variant."""
        return self.model(self.configuration(configuration)["ProductionVariants"][0]["ModelName"])

    def has(self, configuration: str) -> bool:
        return self._exists(self.client.describe_endpoint_config, EndpointConfigName=configuration)

    def make(self, name: str, configuration: Mapping[str, Any], model: Mapping[str, Any]) -> None:
        """A model and a configuration with it, both of this name; the name says what they are made of."""
        if not self._exists(self.client.describe_model, ModelName=name):
            self.client.create_model(ModelName=name, **model)
        if not self.has(name):
            variants = [{**one, "ModelName": name} for one in configuration["ProductionVariants"]]
            self.client.create_endpoint_config(
                EndpointConfigName=name, **{**configuration, "ProductionVariants": variants}
            )

    def remove(self, name: str) -> None:
        """What is gone already is gone."""
        if self.has(name):
            self.client.delete_endpoint_config(EndpointConfigName=name)
        if self._exists(self.client.describe_model, ModelName=name):
            self.client.delete_model(ModelName=name)

    def update(self, configuration: str, guardrails: Mapping[str, Any]) -> None:
        """Begins. Instances that autoscaling added stay; what is captured follows the configuration."""
        self.client.update_endpoint(
            EndpointName=self.name, EndpointConfigName=configuration, DeploymentConfig=dict(guardrails),
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DataCaptureConfig"}],
        )  # fmt: skip

    def settled(self) -> Live:
        """Waits until no update runs. Raises EndpointError when the endpoint does not come to rest."""
        for _ in range(int(UPDATE_SECONDS / self.poll_seconds)):
            live = self.live()
            if live.status == "InService":
                return live
            if live.dead:
                raise EndpointError("the endpoint is not in service", given=f"{live.status}: {live.reason}")
            self.wait(self.poll_seconds)
        raise EndpointError("the endpoint is still being changed", given=self.name, allowed=f"{UPDATE_SECONDS} s")

    def ask(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Raises BadVersionError when the container fails."""
        body = json.dumps({"records": list(records)}).encode()
        try:
            answer = self.runtime.invoke_endpoint(EndpointName=self.name, ContentType="application/json", Body=body)
        except self.runtime.exceptions.ModelError as error:
            raise BadVersionError("the endpoint fails", given=str(error)[:300]) from error
        said: dict[str, Any] = json.loads(answer["Body"].read())
        return said

    def alarms(self, names: Sequence[str]) -> list[str]:
        """Full names of the endpoint's alarms, as the stack makes them."""
        return [f"{self.name}-{name}" for name in names]

    def _exists(self, describe: Callable[..., object], **name: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            describe(**name)
        except ClientError as error:
            # SageMaker says so of what does not exist: "Could not find model …".
            if error.response["Error"]["Code"] == "ValidationException":
                return False
            raise
        return True


def guardrails(instances: int, alarms: Sequence[str]) -> dict[str, Any]:
    """Blue and green, a canary first. One instance cannot be shared out: there it is all at once, and still watched."""
    canary = {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": CANARY_PERCENT}}
    routing = canary if instances > 1 else {"Type": "ALL_AT_ONCE"}
    taking_back = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return {**_blue_green(routing, CANARY_SECONDS), "AutoRollbackConfiguration": taking_back}


def way_back() -> dict[str, Any]:
    """All at once, watched by nobody: where it goes to is where it came from."""
    return _blue_green({"Type": "ALL_AT_ONCE"}, 0)


def _blue_green(routing: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {**routing, "WaitIntervalInSeconds": seconds},
            "TerminationWaitInSeconds": KEEP_OLD_SECONDS,
            "MaximumExecutionTimeoutInSeconds": UPDATE_SECONDS,
        }
    }


def _parts(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) not in (None, {}, "")}
