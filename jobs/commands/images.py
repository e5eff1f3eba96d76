"""`mlops images`: container images, built and tried in a checkout, pushed to a registry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from jobs.commands.output import Json, progress, show, table

app = typer.Typer(help="Build, try, describe and push the platform's container images.", no_args_is_help=True)

BUILDER = "local.images"
Images = Annotated[list[str] | None, typer.Argument(metavar="[IMAGE]...", help="Keys of mlops:images; default: all.")]
MEGABYTE = 1024 * 1024


@app.callback()
def group() -> None:
    """Build, try, describe and push the platform's container images."""


@app.command("list")
def list_images(as_json: Json = False) -> None:
    """List every image: its name by what goes into it, and whether it is built.

    Example: mlops images list
    """
    _tell(_ask("list", ()), as_json)


@app.command()
def build(images: Images = None, as_json: Json = False) -> None:
    """Build what is missing, try it, and keep each image as an archive with its bill of materials.

    It needs a checkout of the repository, and neither a registry nor a container engine.

    Example: mlops images build serving
    """
    _tell(_ask("build", images or ()), as_json)


@app.command("test")
def try_images(images: Images = None, as_json: Json = False) -> None:
    """Try images again: imports, programs, a bundle of the training image in those that serve; exit 1 when one is bad.

    Each runs as user 65532, on a read-only root, without network.

    Example: mlops images test serving
    """
    found = _ask("test", images or ())
    if as_json:
        show(found)
    else:
        print(f"{len(found)} images tried: {', '.join(str(one['image']) for one in found)}")


@app.command()
def sbom(image: Annotated[str, typer.Argument(metavar="IMAGE", help="A key of mlops:images.")]) -> None:
    """Print the bill of materials of an image, as CycloneDX JSON.

    Example: mlops images sbom serving
    """
    from pathlib import Path

    print(Path(_ask("build", [image])[0]["sbom"]).read_text(), end="")


@app.command()
def push(
    to: Annotated[
        str, typer.Option(metavar="PREFIX", help="What stands before an image's name: registry.example.org/mlops/")
    ],
    images: Images = None,
    site: Annotated[Literal["aws", "machine"], typer.Option(help="Without names, the images of such a stack.")] = "aws",
    stack: Annotated[
        str | None, typer.Option(help="Print the commands that write the names into this stack's file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Push images to a registry and print their names by digest, as `mlops:images` wants them.

    What the registry has already is not pushed again. The login is docker's: `docker login`, or a credential helper.

    Example: mlops images push serving --to registry.example.org/mlops/ --stack dev
    """
    from jobs.images.push import push_all

    # What is printed is to be pasted.
    say = progress(as_json=True)
    chosen = images or [one["image"] for one in _ask("list", ()) if site in one["sites"]]
    names = push_all(_ask("build", chosen), to, say)
    if as_json:
        show(names)
    elif stack:
        for key, name in names.items():
            print(f"pulumi config set --stack {stack} --path mlops:images.{key} {name}")
    else:
        print("mlops:images:")
        for key, name in names.items():
            print(f"  {key}: {name}")


def _ask(command: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """What the checkout's builder says of each image. Raises ConfigError outside of one, ImageError."""
    from jobs.images.checkout import run

    found: list[dict[str, Any]] = json.loads(run(BUILDER, [command, *names]))
    return found


def _tell(found: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show(found)
        return
    table(
        ["image", "MB", "reference", "archive"],
        [
            [one["image"], one["bytes"] // MEGABYTE if one["built"] else "-", one["reference"],
             one["archive"] if one["built"] else "not built"]
            for one in found
        ],
    )  # fmt: skip
