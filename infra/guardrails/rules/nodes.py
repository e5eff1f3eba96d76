"""The machines that pods run on."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_be, must_have
from infra.guardrails.rules.rule import Object, Rule


def _metadata(it: Object) -> Iterator[str]:
    if it.type == aws.NODE_TEMPLATE:
        why = "a pod could take the node's credentials"
        yield from must_be(it.props, "metadataOptions.httpTokens", "required", why)
        # One hop ends on the node: an answer does not reach a pod's network.
        yield from must_be(it.props, "metadataOptions.httpPutResponseHopLimit", 1, why)


def _from_a_template(it: Object) -> Iterator[str]:
    if it.type == aws.NODE_GROUP:
        why = "its nodes have AWS' defaults for disk and metadata"
        yield from must_have(it.props, "launchTemplate", "a template of ours", why)
        if it.props.get("remoteAccess"):
            yield "anybody with a key could log in to nodes: remove remoteAccess"


NODE_RULES = (
    Rule("nodes-keep-their-credentials", "No pod gets the credentials of its node.", _metadata),
    Rule("nodes-come-from-a-template", "Nodes are made from our templates, and nobody logs in.", _from_a_template),
)
