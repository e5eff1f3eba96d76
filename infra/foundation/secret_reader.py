"""Leave to read one secret of Secrets Manager, as IAM statements. Pure but for ARNs that are not known yet."""

import pulumi

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Statement


def read_secret(cloud: Cloud, secret: pulumi.Input[str], key: pulumi.Input[str]) -> list[Statement]:
    """To read one secret, and to use its key for that secret only."""
    conditions = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{cloud.region}.{cloud.dns_suffix}",
            "kms:EncryptionContext:SecretARN": secret,
        }
    }
    return [
        Statement("Read", ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], [secret]),
        Statement("Decrypt", ["kms:Decrypt"], [key], conditions=conditions),
    ]
