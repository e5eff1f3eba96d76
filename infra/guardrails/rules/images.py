"""An image must be named so that it is the same one tomorrow."""

from collections.abc import Iterator

from infra.guardrails.rules.rule import Object, Rule


def moves(image: str) -> bool:
    """Whether the name may mean another image tomorrow: no tag means `latest`."""
    if "@sha256:" in image:
        return False
    # A port of a registry has a colon as well; a tag comes after the last slash.
    _, _, tag = image.rsplit("/", 1)[-1].partition(":")
    return tag in ("", "latest")


def _fixed(it: Object) -> Iterator[str]:
    for container in it.containers:
        if moves(str(container.get("image") or "")):
            yield (
                f"container {container['name']!r} has image {container.get('image')!r}, which may change: name a digest"
                " or a tag made of one"
            )


IMAGE_RULES = (Rule("images-are-fixed", "No image is `latest` or without a tag.", _fixed),)
