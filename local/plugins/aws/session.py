"""boto3 clients of the configured account, one for each service and region. Thread-safe."""

from __future__ import annotations

from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.plugins.aws.errors import code_of, message_of
from local.plugins.aws.settings import Settings
from local.plugins.errors import PluginError

# botocore's own retries (throttling, connection, 5xx) are the only ones beside `Kind.eventual`.
_ATTEMPTS = 5


class Session:
    """The account as the provider's settings lead to it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._account = ""
        try:
            self._boto = boto3.Session(
                aws_access_key_id=settings.access_key,
                aws_secret_access_key=settings.secret_key,
                aws_session_token=settings.token,
                profile_name=settings.profile,
                region_name=settings.region,
            )
        except BotoCoreError as error:
            raise PluginError(f"The AWS provider cannot start: {error}") from error

    @property
    def region(self) -> str:
        if not self._boto.region_name:
            raise PluginError(
                "The AWS provider has no region: set `aws:region` or AWS_REGION, for example eu-central-1."
            )
        return str(self._boto.region_name)

    @property
    def account(self) -> str:
        """The account's id, asked once."""
        with self._lock:
            known = self._account
        return known or self.verified()

    def client(self, service: str, region: str = "") -> Any:
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                # Creating clients from one boto3 session is not thread-safe; the clients are.
                self._clients[key] = self._boto.client(  # type: ignore[call-overload]  # stubs know names, not variables
                    service,
                    region_name=key[1],
                    endpoint_url=self.settings.endpoints.get(service.replace("-", "")),
                    config=Config(
                        retries={"mode": "standard", "max_attempts": self.settings.max_retries or _ATTEMPTS},
                        s3={"addressing_style": "path"} if self.settings.path_style else None,
                    ),
                )
            return self._clients[key]

    def is_emulated(self, service: str) -> bool:
        """Whether the service is reached at an endpoint that is not AWS's own."""
        return ".amazonaws.com" not in str(self.client(service).meta.endpoint_url)

    def verified(self) -> str:
        """The id of the account that the credentials belong to; one line says what is wrong with them."""
        try:
            account = str(self.client("sts").get_caller_identity()["Account"])
        except ClientError as error:
            raise PluginError(
                f"AWS refused the credentials ({code_of(error)}: {message_of(error)}): "
                "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or `aws:profile`."
            ) from error
        except BotoCoreError as error:
            raise PluginError(
                f"No usable AWS credentials ({error}): set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or, for the emulators, the environment that `local.aws` gives."
            ) from error
        allowed, forbidden = self.settings.allowed_accounts, self.settings.forbidden_accounts
        if (allowed and account not in allowed) or account in forbidden:
            wanted = (
                f"`aws:allowedAccountIds` are {', '.join(allowed)}" if allowed else "`aws:forbiddenAccountIds` name it"
            )
            raise PluginError(
                f"The AWS credentials belong to account {account}, but {wanted}: use the right credentials."
            )
        with self._lock:
            self._account = account
        return account
