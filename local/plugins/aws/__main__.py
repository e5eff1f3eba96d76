"""`pulumi-resource-aws [flags] ENGINE`: the process behind the launcher in `local/plugins/bin`."""

from __future__ import annotations

import sys

from local.plugins.aws.servicer import AwsProvider
from local.plugins.serving import run

run(AwsProvider, sys.argv[1:])
