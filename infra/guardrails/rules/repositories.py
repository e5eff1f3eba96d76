"""Where our images are."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_be
from infra.guardrails.rules.rule import Object, Rule


def _immutable(it: Object) -> Iterator[str]:
    if it.type == aws.REPOSITORY:
        yield from must_be(it.props, "imageTagMutability", "IMMUTABLE", "a tag could mean another image tomorrow")


def _scanned(it: Object) -> Iterator[str]:
    if it.type == aws.REPOSITORY:
        yield from must_be(it.props, "imageScanningConfiguration.scanOnPush", True, "known holes would not be found")


REPOSITORY_RULES = (
    Rule("tags-of-images-stay", "A tag in a repository never moves.", _immutable),
    Rule("images-are-scanned", "Images are scanned for known holes when they are pushed.", _scanned),
)
