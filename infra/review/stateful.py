"""What is lost for good when a resource goes: the list that decides what a reviewer reads first."""

from __future__ import annotations

from infra.review.step import Action, Step

_K8S = "kubernetes:"
LOST = {
    "aws:amp/workspace:Workspace": "every metric it has stored",
    "aws:apigatewayv2/api:Api": "the address that clients call",
    "aws:backup/vault:Vault": "every recovery point in it",
    "aws:cloudwatch/logGroup:LogGroup": "every log line in it",
    "aws:dynamodb/table:Table": "every item in it",
    "aws:ebs/volume:Volume": "the data on it",
    "aws:ec2/eip:Eip": "the address that others may have allowed",
    "aws:ec2/vpc:Vpc": "the network and everything in it",
    "aws:ecr/repository:Repository": "every image in it",
    "aws:efs/fileSystem:FileSystem": "every file in it",
    "aws:eks/cluster:Cluster": "the cluster and everything that runs in it",
    "aws:kms/key:Key": "everything encrypted with it",
    "aws:rds/cluster:Cluster": "its databases",
    "aws:rds/instance:Instance": "its databases",
    "aws:s3/bucket:Bucket": "every object in it",
    "aws:s3/bucketV2:BucketV2": "every object in it",
    "aws:sagemaker/endpoint:Endpoint": "the endpoint that clients call, while it is made again",
    "aws:secretsmanager/secret:Secret": "the secret",
    "aws:sqs/queue:Queue": "every message in it",
    f"{_K8S}apiextensions.k8s.io/v1:CustomResourceDefinition": "every object of its kind",
    f"{_K8S}apps/v1:StatefulSet": "its pods, and the tie to their volumes",
    f"{_K8S}core/v1:Namespace": "everything in it",
    f"{_K8S}core/v1:PersistentVolume": "the data on it",
    f"{_K8S}core/v1:PersistentVolumeClaim": "the data on it",
}


def lost(step: Step) -> str | None:
    """What a replace or delete destroys, or None when nothing of it is state."""
    if step.action not in {Action.REPLACE, Action.DELETE} or step.is_scaffold:
        return None
    what = LOST.get(step.urn.type)
    if what is None and (step.state.protected or step.state.retained):
        return "what this program guards for a reason"
    return what
