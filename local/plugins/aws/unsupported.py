"""What no emulator has, with the reason: recorded in the state only, and said so in every run. The one table of it."""

from __future__ import annotations

from collections.abc import Mapping

# Token of a type → why. The type derives from `recorded.Recorded`.
TYPES: Mapping[str, str] = {
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": "no emulator has definitions of alert managers",
    "aws:amp/scraper:Scraper": "no emulator has scrapers",
}

# (token, boto3 operation) → why. The type calls `op.recorded_only(operation)` where it would call AWS.
OPERATIONS: Mapping[tuple[str, str], str] = {
    ("aws:appautoscaling/target:Target", "list_tags_for_resource"): "moto answers with an error of its own",
    ("aws:eks/cluster:Cluster", "update_cluster_config"): "ministack cannot change a cluster",
    ("aws:eks/cluster:Cluster", "update_cluster_version"): "ministack cannot change a cluster",
    ("aws:eks/nodeGroup:NodeGroup", "update_nodegroup_config"): "ministack cannot change a node group",
    ("aws:eks/nodeGroup:NodeGroup", "update_nodegroup_version"): "ministack cannot change a node group",
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "tag_resource"): "ministack has no tags of associations",
    ("aws:rds/parameterGroup:ParameterGroup", "reset_db_parameter_group"): "moto answers with an error of its own",
    ("aws:sagemaker/endpoint:Endpoint", "update_endpoint"): "moto cannot change an endpoint",
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "create_endpoint_config"): (
        "moto does not know the type of instance, so another stands in for it there"
    ),
}
