"""What serves and watches the champion outside the cluster: a function, an endpoint, a managed Prometheus."""

from collections.abc import Sequence

import pulumi

from infra.foundation.objects import reveal
from infra.observability.managed import ManagedPrometheus, ManagedPrometheusArgs
from infra.observability.rules import PLATFORM_ALERTS
from infra.serving.predict_function import PredictFunction, PredictFunctionArgs
from infra.serving.sagemaker_endpoint import SagemakerEndpoint, SagemakerEndpointArgs
from infra.settings.models import AwsSettings
from infra.settings.observability import ManagedSettings
from infra.sites.ground import Ground
from infra.storage import rights
from infra.tracking.password import TrackingPassword, TrackingPasswordArgs


def endpoints(settings: AwsSettings, on: Ground, after: Sequence[pulumi.Resource]) -> dict[str, pulumi.Input[object]]:
    """Makes them, and returns the outputs that lead to them. All follow the registry's alias, as the cluster does.

    `after`: MLflow's servers. SageMaker gives up an endpoint that cannot ask the registry within minutes.
    """
    cloud, keys, network, inside = on.cloud, on.keys, on.network, pulumi.ResourceOptions(provider=on.provider)
    password = TrackingPassword(
        "tracking-serving",
        TrackingPasswordArgs(cloud, "serving", reveal(settings.secrets.tracking_serving_password), keys.messages.arn),
        inside,
    )
    later = pulumi.ResourceOptions(provider=on.provider, depends_on=list(after))
    reading = (lambda to: on.storage.grant("serving", to), password.grant_read)
    env: dict[str, pulumi.Input[str]] = {
        **password.env,
        "MLFLOW_TRACKING_URI": f"https://{settings.endpoints.tracking_host}",
        "MLOPS_MODEL_NAME": settings.serving.model_name,
        "MLOPS_MODEL_ALIAS": settings.serving.model_alias,
        "MLOPS_LOG_LEVEL": settings.serving.log_level,
        "MLOPS_POLL_SECONDS": str(settings.serving.poll_seconds),
    }
    predict = PredictFunction(
        "predict",
        PredictFunctionArgs(
            cloud=cloud,
            settings=settings.functions.predict,
            image=settings.images.predict,
            subnets=network.private_subnets,
            group=network.groups["functions"],
            env=env,
            log_key=keys.logs.arn,
            message_key=keys.messages.arn,
            alarm_topics=on.topics.arns,
            granted_by=reading,
        ),
        later,
    )
    endpoint = SagemakerEndpoint(
        "endpoint",
        SagemakerEndpointArgs(
            cloud=cloud,
            settings=settings.sagemaker,
            image=settings.images.serving,
            subnets=network.private_subnets,
            group=network.groups["sagemaker"],
            env=env,
            capture_bucket=settings.storage.buckets.inference_logs,
            key=keys.storage.arn,
            log_key=keys.logs.arn,
            alarm_topics=on.topics.arns,
            granted_by=(*reading, lambda to: on.storage.grant(rights.CAPTURE, to)),
        ),
        later,
    )
    outputs: dict[str, pulumi.Input[object]] = {
        "predictUrl": predict.url,
        "predictFunction": predict.name,
        "endpointName": endpoint.name,
        "endpointConfiguration": endpoint.configuration,
    }
    if isinstance(settings.observability, ManagedSettings):
        metrics = ManagedPrometheus(
            "metrics",
            ManagedPrometheusArgs(
                cloud=cloud,
                cluster_arn=cloud.arn("eks", f"cluster/{cloud.name('cluster')}"),
                subnets=network.private_subnets,
                groups=[network.groups["nodes"], on.cluster.security_group],
                alerts=PLATFORM_ALERTS,
                topics=on.topics.arns,
                log_key=keys.logs.arn,
                message_key=keys.messages.arn,
            ),
            pulumi.ResourceOptions(provider=on.provider, depends_on=on.cluster.ready),
        )
        outputs["prometheusUrl"] = metrics.query_url
    return outputs
