"""No line that sounds like hardening is overlooked: its absence is missed by a rule, or there is a reason why not."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from infra.foundation.wildcards import MANAGED_POLICIES, WITHOUT_RESOURCE
from infra.guardrails.rules.statements import granted
from tests.infra.guardrails.hardening import LINES
from tests.infra.guardrails.mutation import GONE, Line
from tests.infra.guardrails.objects import objects
from tests.infra.guardrails.test_hardening import complaining

SOUNDS = re.compile(
    r"encrypt|kms|protect|public|tls|rotat|scan|mutab|objectLock|isolat|snapshot|rollback|dead|tracing|insight|retention|audit"
    r"|throttl|iamDatabase|patch|minor|privilege|metadataOptions",
    re.IGNORECASE,
)
UNGUARDED: Mapping[str, str] = {
    "Endpoint.deploymentConfig.autoRollbackConfiguration.alarms.*.alarmName": "an alarm is its name",
    "Instance.iamDatabaseAuthenticationEnabled": "how roles log in is a setting",
    "Instance.performanceInsightsEnabled": "it is for people who look for a slow statement; without it nothing is open",
    "Instance.performanceInsightsRetentionPeriod": "the same",
    "Instance.databaseInsightsMode": "the same",
    "LaunchTemplate.metadataOptions.httpEndpoint": "nodes need it; what it gives is guarded",
    "Model.enableNetworkIsolation": "the model comes from the registry, over our own network",
    "Queue.kmsDataKeyReusePeriodSeconds": "how often KMS is asked is a price",
    "Queue.messageRetentionSeconds": "how long a queue waits for people is its purpose, not its safety",
}


@cache
def places() -> dict[str, list[tuple[str, str]]]:
    """Every input of dev and prod on AWS that sounds so, as type and path, and the resources that have it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for stack in ("dev", "prod"):
        for it in objects(stack):
            if it.type.startswith("aws:"):
                for way in _ways({key: value for key, value in it.props.items() if key != "tags"}):
                    if SOUNDS.search(way):
                        found.setdefault(f"{it.type.rsplit(':', 1)[-1]}.{way}", []).append((stack, it.urn))
    return found


def _ways(tree: Any) -> Iterator[str]:
    """The way to every plain value; `*` for each element of a list."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from (f"{key}.{rest}".rstrip(".") for rest in _ways(value))
    elif isinstance(tree, list):
        for value in tree:
            yield from (f"*.{rest}".rstrip(".") for rest in _ways(value))
    else:
        yield ""


def _opposite(value: Any) -> Any:
    return not value if isinstance(value, bool) else GONE


def _missed(where: str) -> bool:
    """Whether some stack cannot do without it."""
    path = where.partition(".")[2]
    for stack, urn in places()[where]:
        (it,) = [each for each in objects(stack) if each.urn == urn]
        for changed in Line(it.type, path, _opposite).without(it):
            if complaining(changed, it, objects(stack)):
                return True
    return False


def test_what_sounds_like_hardening_is_guarded_or_has_a_reason() -> None:
    assert [where for where in places() if not _missed(where) and where not in UNGUARDED] == []


def test_what_has_a_reason_is_there_and_not_guarded() -> None:
    assert [where for where in UNGUARDED if where not in places() or _missed(where)] == []


def test_no_wildcard_has_a_reason_and_no_use() -> None:
    used = {it.props["policyArn"].rsplit("/", 1)[-1] for it in _of("RolePolicyAttachment")}
    everything = [it for stack in ("dev", "prod") for it in objects(stack)]
    anywhere = {action for it in everything for each in granted(it) if "*" in each.resources for action in each.actions}

    assert set(MANAGED_POLICIES) - used == set()
    assert set(WITHOUT_RESOURCE) - anywhere == set()


def _of(kind: str) -> Iterator[Any]:
    return (it for stack in ("dev", "prod") for it in objects(stack) if it.type.endswith(f":{kind}"))


def test_every_line_of_the_list_is_there_once() -> None:
    keys = [(line.of, line.path, line.only, line.change) for line in LINES]

    assert len(keys) == len(set(keys))
