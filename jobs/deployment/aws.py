"""The two targets on AWS, connected. Who asks is what boto3 finds: a profile, a role, keys."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import ConfigError, MlopsError

if TYPE_CHECKING:
    from jobs.deployment.lambda_target import LambdaTarget
    from jobs.deployment.record import Order
    from jobs.deployment.sagemaker_target import SagemakerTarget

# Outputs of the stack, as `pulumi stack output` names them: predictFunction, endpointName, endpointConfiguration.
FUNCTION, ENDPOINT, SHAPE = "MLOPS_PREDICT_FUNCTION", "MLOPS_ENDPOINT", "MLOPS_ENDPOINT_CONFIGURATION"


def lambda_target() -> LambdaTarget:
    """Raises ConfigError when no function is named or there is none."""
    from botocore.exceptions import ClientError

    from jobs.deployment.cloudwatch import CloudWatch
    from jobs.deployment.lambda_function import LIVE, LambdaFunction
    from jobs.deployment.lambda_target import LambdaTarget

    client, name = _client("lambda"), _named(FUNCTION, "predictFunction")
    try:
        client.get_alias(FunctionName=name, Name=LIVE)
        client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=LIVE)
        weighted = False
    except client.exceptions.ProvisionedConcurrencyConfigNotFoundException:
        weighted = True
    except ClientError as error:
        raise _absent(FUNCTION, name, error) from error
    function = LambdaFunction(client, name)
    return LambdaTarget(function, CloudWatch(_client("cloudwatch")), bundle_of, _append, weighted=weighted)


def sagemaker_target(model: str, alias: str) -> SagemakerTarget:
    """Raises ConfigError when no endpoint is named or there is none."""
    from botocore.exceptions import ClientError

    from jobs.deployment.cloudwatch import CloudWatch
    from jobs.deployment.sagemaker_endpoint import Endpoint
    from jobs.deployment.sagemaker_target import PLACE, SagemakerTarget

    endpoint = Endpoint(_client("sagemaker"), _client("sagemaker-runtime"), _named(ENDPOINT, "endpointName"))
    try:
        endpoint.live()
    except ClientError as error:
        raise _absent(ENDPOINT, endpoint.name, error) from error
    metrics, shape = CloudWatch(_client("cloudwatch")), os.environ.get(SHAPE)
    return SagemakerTarget(endpoint, metrics, bundle_of, lambda: _followed(model, alias, PLACE), shape)


def bundle_of(order: Order) -> Mapping[str, bytes]:
    """The files of the order's bundle, which have its digest. Raises BundleError."""
    from jobs.bundle.digest import verify_digest
    from jobs.bundle.fetch import fetch_model
    from jobs.registry.champion import ChampionReader
    from jobs.settings import TrackingSettings

    found = ChampionReader(TrackingSettings.read()).at(order.model, "", version=order.version)
    with tempfile.TemporaryDirectory(prefix="mlops-bundle-") as folder:
        bundle = fetch_model(found.location, Path(folder))
        verify_digest(bundle, order.digest)
        return {file.name: file.read_bytes() for file in bundle.iterdir()}


def _followed(model: str, alias: str, place: str) -> str | None:
    from jobs.registry.champion import ChampionReader, NoChampionError
    from jobs.settings import TrackingSettings

    try:
        return ChampionReader(TrackingSettings.read()).at(model, alias, place).version
    except NoChampionError:
        return None


def _append(base: str, files: Mapping[str, bytes], target: str) -> str:
    """The repository's tags cannot be moved, and this one says what the image is made of."""
    from jobs.images import registry

    return registry.digest(target) or registry.append(base, files, target)


def _client(service: str) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.client(service)  # type: ignore[call-overload]  # stubs know names, not variables
    except BotoCoreError as error:
        raise ConfigError(
            "AWS cannot be asked", given=str(error), change="set AWS_PROFILE, or a region and keys"
        ) from error


def _named(variable: str, output: str) -> str:
    found = os.environ.get(variable)
    if not found:
        raise ConfigError(
            f"{variable} is not set, which names what is rolled out to",
            change=f'export {variable}="$(pulumi stack output {output} --stack STACK)"',
        )
    return found


def _absent(variable: str, name: str, error: Exception) -> MlopsError:
    return ConfigError("AWS does not show this", given=f"{variable}={name}: {error}", change="name the stack's own")
