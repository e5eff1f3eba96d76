"""The provider's settings, as the official SDK sends them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.plugins.errors import InvalidSetting
from local.plugins.values import UNKNOWN

_FLAGS = frozenset(
    [
        "skipCredentialsValidation",
        "skipRequestingAccountId",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "s3UsePathStyle",
    ]
)
_TEXTS = frozenset(["region", "accessKey", "secretKey", "token", "profile"])
_JSON = frozenset(["allowedAccountIds", "forbiddenAccountIds", "defaultTags", "endpoints"])
KNOWN = _FLAGS | _TEXTS | _JSON | {"maxRetries", "version"}


@dataclass(frozen=True)
class Settings:
    """What is None comes from the environment, as boto3 finds it. `known` is false while a setting is computed."""

    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    profile: str | None = None
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    default_tags: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    max_retries: int | None = None
    path_style: bool = False
    skip_validation: bool = False
    known: bool = True


def parse_settings(given: Mapping[str, Any]) -> Settings:
    """Lists, objects and booleans may be JSON text, which is how the engine sends them."""
    for name in sorted(given.keys() - KNOWN):
        raise InvalidSetting(
            name, f"{name} is not a setting that the local AWS plugin carries; carried: {', '.join(sorted(KNOWN))}"
        )
    known = {name: _value(name, value) for name, value in given.items() if value is not UNKNOWN and value != ""}
    endpoints = {name: url for entry in known.get("endpoints", []) for name, url in entry.items() if url}
    retries = known.get("maxRetries")
    return Settings(
        region=known.get("region"),
        access_key=known.get("accessKey"),
        secret_key=known.get("secretKey"),
        token=known.get("token"),
        profile=known.get("profile"),
        allowed_accounts=tuple(known.get("allowedAccountIds", ())),
        forbidden_accounts=tuple(known.get("forbiddenAccountIds", ())),
        default_tags=(known.get("defaultTags") or {}).get("tags") or {},
        endpoints=endpoints,
        max_retries=int(retries) if retries is not None else None,
        path_style=known.get("s3UsePathStyle", False),
        skip_validation=known.get("skipCredentialsValidation", False),
        known=all(value is not UNKNOWN for value in given.values()),
    )


def _value(name: str, value: Any) -> Any:
    if name in _TEXTS or name == "version" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise InvalidSetting(name, f"{name} has to be JSON: a list, an object, a number or true or false") from None
