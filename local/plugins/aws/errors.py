"""What AWS refuses, in words that name the resource. Pure."""

from __future__ import annotations

import re

from botocore.exceptions import BotoCoreError, ClientError

from local.plugins.errors import PluginError

_ABSENT = re.compile(
    r"NoSuch\w+|NotFound|\w*NotFound(Exception|Fault)?|\w+\.NotFound|404|\w*DoesNotExist\w*|\w+\.NonExistentQueue"
)


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def is_absent(error: ClientError, more: frozenset[str] = frozenset()) -> bool:
    """Whether the error says that there is no such resource."""
    return code_of(error) in more or bool(_ABSENT.fullmatch(code_of(error)))


def explained(error: ClientError | BotoCoreError, what: str) -> PluginError:
    if isinstance(error, ClientError):
        return PluginError(f"{what}: AWS refused {error.operation_name}: {code_of(error)}: {message_of(error)}")
    return PluginError(f"{what}: {error}")
