"""Who may use each key. Pure.

Each key trusts the account, so its users are those whom IAM lets. That is enough for a service which asks in the name
of its caller (RDS, S3, ECR, EKS, Secrets Manager, Amazon Managed Prometheus); what is here besides is for services that
ask in their own.
"""

from collections.abc import Mapping, Sequence

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import EVERYONE, Statement

# In a key's policy `*` is the key itself.
_THIS_KEY = ("*",)
# Instead of kms:ReEncrypt* and kms:GenerateDataKey*, as the services' manuals have it: no service asks for key pairs.
_ENCRYPT = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey")
_DATA_KEYS = ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")


def statements(cloud: Cloud) -> Mapping[str, Sequence[Statement]]:
    """The policy of each key, by purpose."""
    account = Statement("Account", ["kms:*"], _THIS_KEY, {"AWS": cloud.arn("iam", "root", region="")})
    return {
        "database": [account],
        "storage": [account],
        "cluster": [account, *_volumes_of_nodes(cloud)],
        "logs": [account, _log_groups(cloud)],
        "messages": [account, _publishers(cloud), _dead_letters(cloud)],
    }


def _volumes_of_nodes(cloud: Cloud) -> tuple[Statement, Statement]:
    """Auto Scaling starts nodes in the name of its own role.

    The role is in a condition, since KMS refuses a principal that is not there yet, and AWS makes this one together
    with the first group of an account.
    """
    role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    who: dict[str, dict[str, str | Sequence[str]]] = {
        "StringEquals": {"kms:CallerAccount": cloud.account},
        "ArnEquals": {"aws:PrincipalArn": cloud.arn("iam", role, region="")},
    }
    return (
        Statement("VolumesOfNodes", [*_ENCRYPT, *_DATA_KEYS], _THIS_KEY, EVERYONE, who),
        # EBS keeps the grant for as long as the volume is attached.
        Statement(
            "AttachVolumesOfNodes",
            ["kms:CreateGrant"],
            _THIS_KEY,
            EVERYONE,
            {**who, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def _log_groups(cloud: Cloud) -> Statement:
    return Statement(
        "LogGroups",
        [*_ENCRYPT, *_DATA_KEYS],
        _THIS_KEY,
        {"Service": f"logs.{cloud.region}.{cloud.dns_suffix}"},
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": cloud.arn("logs", "log-group:*")}},
    )


def _publishers(cloud: Cloud) -> Statement:
    """Those whom `infra/notifications/topics.py` lets publish."""
    return Statement(
        "Publishers",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        _THIS_KEY,
        {"Service": ["cloudwatch.amazonaws.com", "aps.amazonaws.com"]},
        {"StringEquals": {"aws:SourceAccount": cloud.account}},
    )


def _dead_letters(cloud: Cloud) -> Statement:
    """EventBridge does not tell KMS for whom it asks; the queue it asks for is always told."""
    return Statement(
        "DeadLetters",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        _THIS_KEY,
        {"Service": "events.amazonaws.com"},
        {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": cloud.arn("sqs", f"{cloud.prefix}-*")}},
    )
