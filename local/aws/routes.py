"""Which emulator serves which service. Pure. The one table of it; the comments say what was tried."""

from __future__ import annotations

from collections.abc import Mapping

REGION = "eu-central-1"
# moto's default account; ministack is told to have the same.
ACCOUNT = "123456789012"

MOTO, MINISTACK = "moto", "ministack"

# boto3's service id, as its environment variables spell it → emulator. What is not named goes to moto.
EXCEPTIONS: Mapping[str, str] = {
    # moto answers 404 to add-ons, pod identity associations and access entries.
    "EKS": MINISTACK,
    # moto answers 500 to changes, tags and subscribers of a budget.
    "BUDGETS": MINISTACK,
    # moto forgets dead letters and logging of a function, and answers 404 to provisioned concurrency; ministack also
    # runs the code of archives. Queues, topics, rules and APIs go with it: they call functions or are called by them.
    "LAMBDA": MINISTACK,
    "SQS": MINISTACK,
    "SNS": MINISTACK,
    "EVENTBRIDGE": MINISTACK,
    # moto answers 500 to changes of a stage.
    "APIGATEWAYV2": MINISTACK,
}


def environment(urls: Mapping[str, str]) -> dict[str, str]:
    """What boto3, and so the provider plugin and the AWS CLI, need to reach the emulators and nothing else."""
    return {
        "AWS_ENDPOINT_URL": urls[MOTO],
        **{f"AWS_ENDPOINT_URL_{service}": urls[emulator] for service, emulator in EXCEPTIONS.items()},
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Any text is accepted. The access key must not be 12 digits: ministack takes such a one for an account id.
        "AWS_ACCESS_KEY_ID": "emulated",
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
