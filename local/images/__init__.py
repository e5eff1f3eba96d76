"""Container images without a registry: built by buildah in the node's root folder, kept as archives in the cache."""

from local.images.build import build_images
from local.images.image import Image
from local.images.prune import images_in_use, prune_images

__all__ = ["Image", "build_images", "images_in_use", "prune_images"]
