"""`python -m local.toolchain`: builds what is missing and prints the folder with the programs."""

from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain

if __name__ == "__main__":
    print(build_toolchain(cache_root(), Progress()))
