"""What one resource is billed for by the hour or month, from its inputs. Use of it is not counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_GIB = {"Ki": Decimal(2) ** -20, "Mi": Decimal(2) ** -10, "Gi": Decimal(1), "Ti": Decimal(2) ** 10}
# The provider's own defaults.
_RDS_STORAGE_TYPE = "gp2"
_LAMBDA_MEMORY = 128
_SECONDS = 3600


@dataclass(frozen=True)
class Charge:
    """So much of what stands in the price table at `price`, by the hour or by the month."""

    price: tuple[str, ...]
    amount: Decimal
    hourly: bool = True


class UnpricedError(Exception):
    """The inputs do not say what is billed; the message says which of them."""


Inputs = Mapping[str, Any]
# Other inputs that a charge depends on: memory by name of the Lambda function.
Functions = Mapping[str, Inputs]


def number(inputs: Inputs, key: str, default: int | None = None) -> Decimal:
    """A numeric input; unknown ones cannot be priced."""
    value = inputs.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnpricedError(f"{key} is not known before the update")
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise UnpricedError(f"{key} is {value!r}, which is no number") from None


def text(inputs: Inputs, key: str, default: str | None = None) -> str:
    """A text input."""
    value = inputs.get(key, default)
    if not isinstance(value, str):
        raise UnpricedError(f"{key} is not known before the update")
    return value


def _rds(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    copies = Decimal(2 if it.get("multiAz") is True else 1)
    yield Charge(("rds", text(it, "instanceClass")), copies)
    storage = text(it, "storageType", _RDS_STORAGE_TYPE)
    yield Charge(("rdsStorage", storage), copies * number(it, "allocatedStorage"), hourly=False)


def _nodes(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    types, scaling = it.get("instanceTypes"), it.get("scalingConfig")
    if not isinstance(types, list) or not types or not isinstance(types[0], str):
        raise UnpricedError("instanceTypes is not among the inputs")
    if not isinstance(scaling, Mapping):
        raise UnpricedError("scalingConfig is not known before the update")
    yield Charge(("ec2", types[0]), number(scaling, "desiredSize"))


def _endpoint(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    # Gateway endpoints are the default and free.
    if text(it, "vpcEndpointType", "Gateway") != "Gateway":
        subnets = it.get("subnetIds")
        if not isinstance(subnets, list):
            raise UnpricedError("subnetIds is not known before the update")
        yield Charge(("endpointZone",), Decimal(len(subnets)))


def _sagemaker(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    variants = it.get("productionVariants")
    if not isinstance(variants, list):
        raise UnpricedError("productionVariants is not known before the update")
    for variant in variants:
        if not isinstance(variant, Mapping):
            raise UnpricedError("a production variant is not known before the update")
        if "serverlessConfig" not in variant:
            yield Charge(("sagemaker", text(variant, "instanceType")), number(variant, "initialInstanceCount", 1))


def _concurrency(it: Inputs, functions: Functions) -> Iterator[Charge]:
    name = text(it, "functionName")
    if name not in functions:
        raise UnpricedError(f"the memory of function {name!r} is not in this stack")
    function = functions[name]
    architectures = function.get("architectures")
    kind = architectures[0] if isinstance(architectures, list) and architectures else "x86_64"
    memory = number(function, "memorySize", _LAMBDA_MEMORY) / 1024
    yield Charge(("lambdaConcurrency", str(kind)), number(it, "provisionedConcurrentExecutions") * memory * _SECONDS)


def _service(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    if _at(it, "spec", "type") == "LoadBalancer":
        yield Charge(("loadBalancer",), Decimal(1))


def _claim(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    yield _volume(it, Decimal(1))


def _server(it: Inputs, _functions: Functions) -> Iterator[Charge]:
    replicas = _at(it, "spec", "replicas")
    count = number({"spec.replicas": 1 if replicas is None else replicas}, "spec.replicas")
    for template in _at(it, "spec", "volumeClaimTemplates") or ():
        yield _volume(template, count)


def _volume(claim: Any, count: Decimal) -> Charge:
    quantity = _at(claim, "spec", "resources", "requests", "storage")
    if not isinstance(quantity, str) or quantity[-2:] not in _GIB:
        raise UnpricedError("its storage request is not known before the update")
    size = number({"storage": quantity[:-2]}, "storage") * _GIB[quantity[-2:]]
    return Charge(("volume", "gp3"), count * size, hourly=False)


def _at(value: Any, *path: str) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _fixed(price: str, *, hourly: bool) -> Callable[[Inputs, Functions], Iterator[Charge]]:
    def charges(_it: Inputs, _functions: Functions) -> Iterator[Charge]:
        yield Charge((price,), Decimal(1), hourly)

    return charges


CHARGES: Mapping[str, Callable[[Inputs, Functions], Iterator[Charge]]] = {
    "aws:amp/scraper:Scraper": _fixed("ampScraper", hourly=True),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _fixed("alarm", hourly=False),
    "aws:ec2/eip:Eip": _fixed("publicAddress", hourly=True),
    "aws:ec2/natGateway:NatGateway": _fixed("natGateway", hourly=True),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:eks/cluster:Cluster": _fixed("eksCluster", hourly=True),
    "aws:eks/nodeGroup:NodeGroup": _nodes,
    "aws:kms/key:Key": _fixed("kmsKey", hourly=False),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _concurrency,
    "aws:rds/instance:Instance": _rds,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _sagemaker,
    "aws:secretsmanager/secret:Secret": _fixed("secret", hourly=False),
    "kubernetes:apps/v1:StatefulSet": _server,
    "kubernetes:core/v1:PersistentVolumeClaim": _claim,
    "kubernetes:core/v1:Service": _service,
}
FUNCTION = "aws:lambda/function:Function"
