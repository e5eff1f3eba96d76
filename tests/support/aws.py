"""AWS for tests: the two emulators, and single resources brought through the provider plugin without the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import boto3
import pytest
from pulumi.runtime.proto import provider_pb2

from local.aws.emulators import Emulators
from local.plugins.aws.servicer import AwsProvider
from local.plugins.engine import EngineLog
from local.plugins.values import decode, encode


@pytest.fixture(scope="session")
def aws_emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Both emulators; the value is the environment that leads to them. What tests make in them stays until the end."""
    with Emulators(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


@pytest.fixture
def aws_environment(aws_emulators: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """This process, and what it starts, see the emulators as AWS."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in aws_emulators.items():
        monkeypatch.setenv(name, value)
    return aws_emulators


@pytest.fixture
def trial(aws_environment: Mapping[str, str]) -> Trial:  # noqa: ARG001  it sets the environment
    return Trial()


class Refused(Exception):
    """The plugin answered with an error."""


class NotReady(Refused):
    """The resource was made but is not as asked for."""


@dataclass
class Resource:
    """A resource as the engine would keep it."""

    token: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def urn(self) -> str:
        return f"urn:pulumi:t::trial::{self.token}::{self.name}"


class Trial:
    """Calls the plugin as the engine does, one resource at a time."""

    def __init__(self, **settings: str) -> None:
        self._plugin, self._context = AwsProvider(EngineLog("")), _Context()
        self._call("Configure", provider_pb2.ConfigureRequest(args=encode(settings)))

    def client(self, service: str) -> Any:
        """A boto3 client on the emulators, to look at what the plugin made, or to change it behind its back."""
        return boto3.client(service)  # type: ignore[call-overload]  # stubs know names, not variables

    def check(
        self, token: str, inputs: Mapping[str, Any], name: str = "t", old: Mapping[str, Any] | None = None
    ) -> Any:
        """The inputs as checked; refused ones raise with all reasons."""
        urn = Resource(token, name, "", {}, {}).urn
        request = provider_pb2.CheckRequest(urn=urn, news=encode(inputs), olds=encode(old or {}))
        answer = self._call("Check", request)
        if answer.failures:
            raise Refused("\n".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return decode(answer.inputs).value

    def create(self, token: str, inputs: Mapping[str, Any], name: str = "t") -> Resource:
        checked = self.check(token, inputs, name)
        made = Resource(token, name, "", checked, {})
        answer = self._call("Create", provider_pb2.CreateRequest(urn=made.urn, properties=encode(checked)))
        made.id, made.outputs = answer.id, decode(answer.properties).value
        return made

    def diff(self, resource: Resource, inputs: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """What a change of the inputs to these would be: properties that differ, places that force a replacement."""
        answer = self._diff(resource, self.check(resource.token, inputs, resource.name, resource.inputs))
        return sorted(answer.diffs), sorted(answer.replaces)

    def update(self, resource: Resource, inputs: Mapping[str, Any]) -> None:
        """Changes the resource in place."""
        checked = self.check(resource.token, inputs, resource.name, resource.inputs)
        replaces = list(self._diff(resource, checked).replaces)
        assert replaces == [], f"{replaces} would replace {resource.token}"
        request = provider_pb2.UpdateRequest(
            id=resource.id,
            urn=resource.urn,
            olds=encode(resource.outputs),
            old_inputs=encode(resource.inputs),
            news=encode(checked),
        )
        resource.outputs = decode(self._call("Update", request).properties).value
        resource.inputs = checked

    def refresh(self, resource: Resource) -> bool:
        """Reads the resource anew; false if it is gone."""
        request = provider_pb2.ReadRequest(
            id=resource.id, urn=resource.urn, properties=encode(resource.outputs), inputs=encode(resource.inputs)
        )
        answer = self._call("Read", request)
        resource.inputs, resource.outputs = decode(answer.inputs).value, decode(answer.properties).value
        return bool(answer.id)

    def imported(self, token: str, identifier: str) -> Resource:
        """A resource known by its id alone."""
        found = Resource(token, "t", identifier, {}, {})
        assert self.refresh(found), f"there is no {token} {identifier}"
        return found

    def delete(self, resource: Resource) -> None:
        request = provider_pb2.DeleteRequest(id=resource.id, urn=resource.urn, properties=encode(resource.outputs))
        self._call("Delete", request)

    def _diff(self, resource: Resource, checked: Mapping[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(
            id=resource.id,
            urn=resource.urn,
            olds=encode(resource.outputs),
            old_inputs=encode(resource.inputs),
            news=encode(checked),
        )
        return self._call("Diff", request)

    def _call(self, method: str, request: Any) -> Any:
        return getattr(self._plugin, method)(request, self._context)


class _Context:
    """A gRPC context that turns an error into an exception."""

    def __init__(self) -> None:
        self._partial = False

    def set_trailing_metadata(self, _metadata: object) -> None:
        self._partial = True

    def abort(self, _code: object, text: str) -> NoReturn:
        partial, self._partial = self._partial, False
        raise NotReady(text) if partial else Refused(text)
