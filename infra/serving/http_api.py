"""One HTTP address in front of a function."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component

METHOD, PATH = "POST", "/predict"
# What is said of each request. Never the body: it holds customers' data.
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "caller": "$context.identity.userArn",
    "sourceIp": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "functionMs": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.integrationErrorMessage",
}
# A verified model answers a row in a few milliseconds; the account's own limits come first where they are lower.
REQUESTS_PER_EXECUTION = 50


@dataclass(frozen=True)
class HttpApiArgs:
    """`target` is the ARN of a function's alias, `executions` how many of it may run at once."""

    cloud: Cloud
    part: str
    function: pulumi.Input[str]
    alias: pulumi.Input[str]
    target: pulumi.Input[str]
    executions: int
    timeout_seconds: int
    log_days: int
    log_key: pulumi.Input[str]


class HttpApi(Component, domain="serving"):
    """Owns the API with its one route, its log and the right to call the function.

    The address is on the internet, as that of every HTTP API is, and answers only to signed requests of identities
    that may `execute-api:Invoke` it. Does not own the function.
    """

    def __init__(self, name: str, args: HttpApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloud, tags = args.cloud, args.cloud.tagged(args.part)
        api = aws.apigatewayv2.Api(
            f"{name}-api", name=cloud.name(args.part), protocol_type="HTTP", tags=tags, opts=self.child()
        )
        integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=args.target,
            payload_format_version="2.0",
            # One second more than the function has, so that the function's own end is what is seen.
            timeout_milliseconds=(args.timeout_seconds + 1) * 1000,
            opts=self.child(),
        )
        route = aws.apigatewayv2.Route(
            f"{name}-route",
            api_id=api.id,
            route_key=f"{METHOD} {PATH}",
            authorization_type="AWS_IAM",
            target=pulumi.Output.format("integrations/{0}", integration.id),
            opts=self.child(),
        )
        allowed = aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=args.function,
            qualifier=args.alias,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.format(cloud.arn("execute-api", "{0}/*/*" + PATH), api.id),
            opts=self.child(),
        )
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/apigateway/{cloud.name(args.part)}",
            retention_in_days=args.log_days,
            kms_key_id=args.log_key,
            tags=tags,
            opts=self.child(),
        )
        aws.apigatewayv2.Stage(
            f"{name}-stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=log.arn, format=json.dumps(ACCESS_LOG)
            ),
            # Both limits always: the provider sends 0 for what is not said, and 0 refuses every request.
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                detailed_metrics_enabled=True,
                throttling_burst_limit=args.executions,
                throttling_rate_limit=args.executions * REQUESTS_PER_EXECUTION,
            ),
            tags=tags,
            opts=self.child(route, allowed),
        )
        self.id = api.id
        self.url = pulumi.Output.format("{0}" + PATH, api.api_endpoint)
        self.register_outputs({"url": self.url})
