"""What a function runs: a container image, or a folder of Python that needs nothing but boto3."""

from dataclasses import dataclass

import pulumi

# The newest Python that has been a Lambda runtime for over a year.
RUNTIME = "python3.13"


@dataclass(frozen=True)
class Image:
    """An image of the account's own registry whose entry point speaks the runtime interface."""

    uri: str


@dataclass(frozen=True)
class Folder:
    """Files by their path in the package, and `module.function` as the place to enter."""

    files: tuple[tuple[str, str], ...]
    handler: str

    @property
    def archive(self) -> pulumi.AssetArchive:
        """The package, as the engine uploads it."""
        return pulumi.AssetArchive({inside: pulumi.FileAsset(outside) for inside, outside in self.files})


Code = Image | Folder
