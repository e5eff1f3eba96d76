"""One AWS stack on this machine for as long as a command or a test takes: emulators, a simulated EKS, an engine.

Nothing of it is an account: state, emulated resources and cluster go when it ends.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from infra.settings.images import AwsImages
from infra.settings.load import check
from infra.settings.refusal import SettingsRefusedError
from infra.settings.secrets import DEFAULT_CLIENT, TrackingSecrets
from jobs.backup.seal import new_key
from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster, eks_cluster
from local.aws.eks.node_groups import NodeGroups
from local.aws.emulators import Emulators
from local.aws.routes import REGION
from local.cluster.registry import locked
from local.errors import LocalError
from local.platform.engine import ROOT, Engine, engine_tools
from local.platform.secrets import API_KEYS
from local.platform.stack_config import RECIPIENTS
from local.toolchain.build import build_toolchain

# No image is ever pulled: nodes are pretended. Any digest will do.
_DIGEST = "0" * 64
USER = "deployer"


@dataclass(frozen=True)
class Trial:
    """A stack's engine and what it talks to."""

    engine: Engine
    aws: Mapping[str, str]
    eks: EksCluster | None

    def client(self, service: str) -> Any:
        """A client of the emulators."""
        return client(self.aws, service)


def client(aws: Mapping[str, str], service: str) -> Any:
    """A client of the emulators that this environment leads to."""
    endpoint = aws.get(f"AWS_ENDPOINT_URL_{service.upper()}", aws["AWS_ENDPOINT_URL"])
    return boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
        service, region_name=REGION, endpoint_url=endpoint,
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"], aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


def committed(stack: str) -> dict[str, Any]:
    """The committed config of an AWS stack, or why it cannot be had."""
    file = ROOT / f"Pulumi.{stack}.yaml"
    if not file.exists():
        raise LocalError(f"there is no {file.name}: STACK is one of {', '.join(stacks())}")
    config: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    if "mlops:aws" not in config:
        raise LocalError(f"{file.name} has no mlops:aws: STACK is one of {', '.join(stacks())}")
    try:
        check(config, stack)
    except SettingsRefusedError as error:
        raise LocalError(str(error)) from None
    return config


def stacks() -> list[str]:
    """Every committed stack that goes to AWS."""
    files = sorted(ROOT.glob("Pulumi.*.yaml"))
    return [file.name.split(".")[1] for file in files if "mlops:aws" in yaml.safe_load(file.read_text())["config"]]


@contextmanager
def trial(cache: Path, stack: str, report: Callable[[str], None], *, cluster: bool) -> Iterator[Trial]:
    """Everything that `pulumi` needs for the stack; without a `cluster` it can preview a stack that does not exist."""
    config = committed(stack)
    toolchain = build_toolchain(cache, report, engine_tools())
    folder = cache / "aws" / stack
    with ExitStack() as running:
        running.enter_context(locked(cache, f"aws-{stack}"))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        aws = _as_user(running.enter_context(Emulators(folder)))
        eks = running.enter_context(_eks(cache, stack, aws, report)) if cluster else None
        # Nobody goes on with a trial that was killed. Saving the state after each of 531 steps is half of an `up`.
        more = {**aws, **(eks.environment if eks else {}), "PULUMI_SKIP_CHECKPOINTS": "true"}
        engine = Engine(folder, toolchain, stack, more)
        engine.prepare()
        _configure(engine, stack, config, client(aws, "sts").get_caller_identity()["Arn"])
        yield Trial(engine, aws, eks)


def _as_user(aws: Mapping[str, str]) -> dict[str, str]:
    """The environment of an IAM user: what EKS lets in is a principal, and the emulators' own caller is none."""
    iam = client(aws, "iam")
    iam.create_user(UserName=USER)
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    return {**aws, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def _eks(
    cache: Path, stack: str, aws: Mapping[str, str], report: Callable[[str], None]
) -> AbstractContextManager[EksCluster]:
    name = f"mlops-{stack}-cluster"
    endpoints = {"sts": aws["AWS_ENDPOINT_URL"], "eks": aws["AWS_ENDPOINT_URL_EKS"]}
    return eks_cluster(
        cache,
        report,
        access=Access(name, REGION, endpoints),
        secrets={aws["AWS_ACCESS_KEY_ID"]: aws["AWS_SECRET_ACCESS_KEY"]},
        instance=f"eks-{stack}",
        nodes=NodeGroups(name, client(aws, "eks"), client(aws, "ec2")),
    )


def _configure(engine: Engine, stack: str, config: Mapping[str, Any], caller: str) -> None:
    """The committed config, with who calls as an administrator, any images, and secrets of this run."""
    account = config["mlops:aws"]
    registry = f"{account['account']}.dkr.ecr.{account['region']}.amazonaws.com"
    added = {
        "mlops:cluster": {**config["mlops:cluster"], "admins": [*config["mlops:cluster"]["admins"], caller]},
        "mlops:images": {
            field.alias: f"{registry}/mlops-{stack}-{name.replace('_', '-')}@sha256:{_DIGEST}"
            for name, field in AwsImages.model_fields.items()
        },
    }
    content = yaml.safe_load(engine.config_file.read_text()) if engine.config_file.exists() else {}
    engine.config_file.write_text(yaml.safe_dump({**(content or {}), "config": {**config, **added}}))
    names = [str(field.alias) for field in TrackingSecrets.model_fields.values()]
    hidden: dict[str, Any] = {name: secrets.token_hex(16) for name in names}
    hidden |= {API_KEYS: {DEFAULT_CLIENT: secrets.token_hex(16)}, RECIPIENTS: new_key()[1]}
    engine.run("config", "set", "--secret", "mlops:secrets", given=json.dumps(hidden), folder=engine.folder)
