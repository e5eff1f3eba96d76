"""One operation on one resource: what is asked for, what was there, and how to reach AWS and the user."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import Any

from local.plugins.aws.session import Session
from local.plugins.aws.unsupported import OPERATIONS
from local.plugins.engine import Talk
from local.plugins.errors import PluginError


@dataclass
class Operation:
    """`new` are the inputs, `last` the outputs in the state (empty for a creation), `changed` the inputs that differ.

    `tags` are all tags the resource is to have, the provider's default tags included.
    """

    session: Session
    token: str
    service: str
    talk: Talk
    cancelled: Event
    new: dict[str, Any] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    tags: dict[str, str] = field(default_factory=dict)
    timeout: float = 0
    identifier: str = ""

    @property
    def region(self) -> str:
        return str(self.new.get("region") or self.last.get("region") or self.session.region)

    @property
    def account(self) -> str:
        return self.session.account

    @property
    def client(self) -> Any:
        """The boto3 client of the type's own service."""
        return self.client_of(self.service)

    def client_of(self, service: str) -> Any:
        return self.session.client(service, self.region)

    def created(self, identifier: str) -> str:
        """The resource exists from here on: if a later step fails, it stays in the state as not ready."""
        self.identifier = identifier
        return identifier

    def recorded_only(self, operation: str) -> None:
        """Stands where the type would call an operation that no emulator has; on an AWS account it refuses."""
        reason = OPERATIONS[self.token, operation]
        self.record(f"{operation} is recorded only: {reason}")

    def record(self, message: str) -> None:
        """Says that something goes into the state only; refuses where the service is AWS itself."""
        if not self.session.is_emulated(self.service):
            raise PluginError(f"{self.token}: {message}. On an AWS account use the official plugin.")
        self.talk.warning(message)

    @property
    def known(self) -> dict[str, Any]:
        """What the program asks for or, where it is not asked (refresh, deletion), what the state holds; {} on import.

        For what the id does not say, and for what an emulator takes but does not give back.
        """
        return self.new or self.last

    def given(self, **names: str) -> dict[str, Any]:
        """boto3 parameters from inputs: `given(KmsKeyId="kmsKeyId")` leaves out what the program did not give."""
        return {parameter: self.new[name] for parameter, name in names.items() if self.new.get(name) is not None}
