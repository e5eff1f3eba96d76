"""Secrets belong into Secrets: a guess by name, for what a person would call a secret."""

import re
from collections.abc import Iterator
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items, must_be, must_have
from infra.guardrails.rules.rule import Object, Rule, at

# An address of a database has its password in it.
_SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|token|private[-_.]?key|access[-_.]?key|credential|(store|database)[-_.]uri",
    re.IGNORECASE,
)
# The place of a secret is not a secret; neither is a value that is a path.
_PLACE = re.compile(r"(file|path|dir|folder|name|url|arn)$", re.IGNORECASE)


def sounds_secret(name: str) -> bool:
    """`DB_PASSWORD` → True, `DB_PASSWORD_FILE` → False."""
    return bool(_SECRET.search(name)) and not _PLACE.search(name)


def _not_in_config_maps(it: Object) -> Iterator[str]:
    if it.kind == "ConfigMap":
        for key in [*(it.props.get("data") or ()), *(it.props.get("binaryData") or ())]:
            if sounds_secret(key):
                yield f"key {key!r} sounds like a secret: put it into a Secret"


def _not_in_plain_environment(it: Object) -> Iterator[str]:
    for container in it.containers:
        for variable in container.get("env") or ():
            if (
                sounds_secret(str(variable["name"]))
                and not at(variable, "valueFrom")
                and _is_plain(variable.get("value"))
            ):
                yield (
                    f"container {container['name']!r} has variable {variable['name']!r} in plain text: refer to a"
                    " Secret with valueFrom.secretKeyRef"
                )
    for name, value in _variables(it):
        if sounds_secret(name) and _is_plain(value):
            yield f"variable {name!r} is in plain text: give the ARN of a secret and read it at the start"


def _variables(it: Object) -> Iterator[tuple[str, Any]]:
    """What Lambda and SageMaker tell their containers."""
    if it.type == aws.FUNCTION:
        yield from (at(it.props, "environment", "variables") or {}).items()
    if it.type == aws.MODEL:
        for container in (*items(it.props.get("primaryContainer")), *items(it.props.get("containers"))):
            yield from (container.get("environment") or {}).items()


def _is_plain(value: Any) -> bool:
    """Whether it is a value and not a path; of what is not known yet nothing is said."""
    return isinstance(value, str) and not value.startswith(("/", "arn:")) and value != ""


def _databases_own_theirs(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        why = "the password would stand in our state, and never change"
        yield from must_be(it.props, "manageMasterUserPassword", True, why)
        why = "the master's secret has a key that all customers share"
        yield from must_have(it.props, "masterUserSecretKmsKeyId", "the ARN of one of our keys", why)
        if it.props.get("password"):
            yield "RDS makes and rotates the password itself: remove password"


SECRET_RULES = (
    Rule("config-maps-hold-no-secrets", "No key of a ConfigMap sounds like a secret.", _not_in_config_maps),
    Rule("environments-hold-no-secrets", "No variable in plain text sounds like a secret.", _not_in_plain_environment),
    Rule("databases-own-their-password", "RDS makes and rotates the master's password.", _databases_own_theirs),
)
