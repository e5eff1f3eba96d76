"""An image must be named so that it is the same one tomorrow."""

from collections.abc import Iterator, Sequence

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items
from infra.guardrails.rules.rule import Object, Rule, StackRule, at


def moves(image: str) -> bool:
    """Whether the name may mean another image tomorrow: no tag means `latest`."""
    if "@sha256:" in image:
        return False
    # A port of a registry has a colon as well; a tag comes after the last slash.
    _, _, tag = image.rsplit("/", 1)[-1].partition(":")
    return tag in ("", "latest")


def images(it: Object) -> Iterator[tuple[str, str]]:
    """What runs in it, by a name for a message; nothing that is not known yet."""
    found = [(f"container {each['name']!r}", each.get("image") or "") for each in it.containers]
    if it.type == aws.FUNCTION and at(it.props, "packageType") == "Image":
        found.append(("the function", it.props.get("imageUri") or ""))
    if it.type == aws.MODEL:
        containers = [*items(it.props.get("primaryContainer")), *items(it.props.get("containers"))]
        found += [("the model's container", each.get("image") or "") for each in containers]
    return ((where, image) for where, image in found if isinstance(image, str))


def _fixed(it: Object) -> Iterator[str]:
    for where, image in images(it):
        if moves(image):
            yield f"{where} has image {image!r}, which may change: name a digest or a tag made of one"


def _by_digest(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    if any(it.kept for it in stack):
        for it in stack:
            for where, image in images(it):
                if "@sha256:" not in image:
                    yield it, f"{where} has image {image!r}; where data is kept, images are named repository@sha256:…"


IMAGE_RULES = (Rule("images-are-fixed", "No image is `latest` or without a tag.", _fixed),)
kept_stacks_run_digests = StackRule(
    "kept-stacks-run-digests", "Where data is kept, what runs is what was tested, bit by bit.", _by_digest
)
