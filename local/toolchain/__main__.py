"""`python -m local.toolchain [NAME…]`: builds what is missing, of the named programs or the platform's → its folder."""

import sys

from local.cache import cache_root
from local.errors import LocalError
from local.progress import Progress
from local.toolchain.build import build_toolchain

if __name__ == "__main__":
    try:
        print(build_toolchain(cache_root(), Progress(), sys.argv[1:] or None))
    except LocalError as error:
        sys.exit(f"error: {error}")
