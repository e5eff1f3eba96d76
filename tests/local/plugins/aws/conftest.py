"""The emulators for these tests; `tests.support.aws` holds the fixtures, for tests of whole stacks too."""

from tests.support.aws import aws_emulators, aws_environment, trial

__all__ = ["aws_emulators", "aws_environment", "trial"]
