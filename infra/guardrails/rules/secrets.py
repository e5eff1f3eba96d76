"""Secrets belong into Secrets: a guess by name, for what a person would call a secret."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.guardrails.rules.rule import Object, Rule, at

_SECRET = re.compile(r"passw(or)?d|passphrase|secret|token|private[-_.]?key|access[-_.]?key|credential", re.IGNORECASE)
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
            # The name first: in a preview many values are not known yet, and asking for one ends the rule.
            if sounds_secret(variable["name"]) and _is_plain(variable):
                yield (
                    f"container {container['name']!r} has variable {variable['name']!r} in plain text: refer to a"
                    " Secret with valueFrom.secretKeyRef"
                )


def _is_plain(variable: Mapping[str, Any]) -> bool:
    return not at(variable, "valueFrom") and not str(variable.get("value") or "/").startswith("/")


SECRET_RULES = (
    Rule("config-maps-hold-no-secrets", "No key of a ConfigMap sounds like a secret.", _not_in_config_maps),
    Rule("environments-hold-no-secrets", "No variable in plain text sounds like a secret.", _not_in_plain_environment),
)
