"""A Lambda function with what each of ours has: a role of its own, a log that ends, dead letters, traces, a ceiling."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.grantee import Identity
from infra.foundation.policy_document import Statement, document, trust
from infra.functions.code import RUNTIME, Code, Folder, Image
from infra.functions.queue import Queue, QueueArgs

# An owner's way of granting: `password.grant_read`, or one closed over what is granted.
Grant = Callable[[Identity], object]
# Images and wheels are built and tried on x86-64 here; Graviton is cheaper, but nothing here could run it first.
ARCHITECTURE = "x86_64"
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


@dataclass(frozen=True)
class FunctionArgs:
    """`part` names the function. Without subnets and group it reaches AWS' own addresses and nothing of the VPC.

    The key of messages also encrypts the variables: both are read by the function alone. What the function needs to
    start is `granted_by` its owners before it is made; other grants may come later.
    """

    cloud: Cloud
    part: str
    description: str
    code: Code
    memory: int
    timeout_seconds: int
    reserved_concurrency: int
    log_days: int
    log_key: pulumi.Input[str]
    message_key: pulumi.Input[str]
    env: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    subnets: Sequence[pulumi.Input[str]] = ()
    group: pulumi.Input[str] | None = None
    granted_by: Sequence[Grant] = ()


class Function(Component, domain="functions"):
    """Owns the function, its role, its log group and the queue of events it gave up.

    Does not own who may call it, nor what else its role may do: owners of resources grant on it.
    """

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name = name
        cloud = args.cloud
        self.name = cloud.name(args.part)
        self.address = cloud.arn("lambda", f"function:{self.name}")
        tags = cloud.tagged(args.part)
        image = args.code if isinstance(args.code, Image) else None
        folder = args.code if isinstance(args.code, Folder) else None
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/lambda/{self.name}",
            retention_in_days=args.log_days,
            kms_key_id=args.log_key,
            tags=tags,
            opts=self.child(),
        )
        self.dead_letters = Queue(
            f"{name}-dead-letters", QueueArgs(cloud, f"{args.part}-dead-letters", args.message_key), self.child()
        )
        # No conditions: the Lambda service sends neither account nor ARN when it takes a role.
        self.role = aws.iam.Role(
            f"{name}-role", assume_role_policy=trust("lambda.amazonaws.com"), tags=tags, opts=self.child()
        )
        self._granted: list[pulumi.Resource] = []
        self.grant("run", [*_running(cloud, self.name, self.dead_letters), *self._network(args)])
        for give in args.granted_by:
            give(self)
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=self.name,
            description=args.description,
            role=self.role.arn,
            package_type="Image" if image else "Zip",
            image_uri=image.uri if image else None,
            code=folder.archive if folder else None,
            runtime=RUNTIME if folder else None,
            handler=folder.handler if folder else None,
            architectures=[ARCHITECTURE],
            memory_size=args.memory,
            timeout=args.timeout_seconds,
            # Each change of code or configuration makes a version; what is in use is an alias' matter.
            publish=True,
            reserved_concurrent_executions=args.reserved_concurrency,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=dict(args.env)),
            kms_key_arn=args.message_key,
            dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=self.dead_letters.arn),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON", log_group=log.name, application_log_level="INFO", system_log_level="INFO"
            ),
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(subnet_ids=list(args.subnets), security_group_ids=[args.group])
            if args.group is not None
            else None,
            tags=tags,
            opts=self.child(log, *self._granted),
        )
        self.register_outputs({"arn": self.function.arn})

    def grant(self, name: str, statements: Sequence[Statement]) -> None:
        """Lets the function do this; `name` says of whose resources it is, once per owner."""
        self._granted.append(
            aws.iam.RolePolicy(
                f"{self._name}-role-{name}", role=self.role.name, policy=document(statements), opts=self.child()
            )
        )

    def _network(self, args: FunctionArgs) -> list[Statement]:
        if args.group is None:
            return []
        # The service makes the interfaces with this role; the code that runs with it has no business there.
        own = {"ArnEquals": {"lambda:SourceFunctionArn": self.address}}
        return [
            Statement("Interfaces", _INTERFACES, ["*"]),
            Statement("NoInterfacesForCode", _INTERFACES, ["*"], conditions=own, effect="Deny"),
        ]


def _running(cloud: Cloud, function: str, dead_letters: Queue) -> list[Statement]:
    log = cloud.arn("logs", f"log-group:/aws/lambda/{function}:*")
    traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    return [
        Statement("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [log]),
        Statement("Trace", traces, ["*"]),
        *dead_letters.sending(),
    ]
