"""The AWS account a stack goes to: names, ARNs and tags of everything in it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.foundation.durability import Durability


@dataclass(frozen=True)
class Cloud:
    """One stack in one account and region. Nothing is looked up: a preview must not depend on the world."""

    account: str
    region: str
    prefix: str
    durability: Durability
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """`aws`, or the part of AWS that is a world of its own."""
        for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(start):
                return partition
        return "aws"

    @property
    def dns_suffix(self) -> str:
        """The domain of the region's own host names."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def name(self, part: str) -> str:
        """The physical name of what others must be able to name: `mlops-dev-database`."""
        return f"{self.prefix}-{part}"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """`arn("logs", "log-group:/x:*")`; S3 and IAM have no region: give `region=""`."""
        where = self.region if region is None else region
        account = "" if service == "s3" else self.account
        return f"arn:{self.partition}:{service}:{where}:{account}:{resource}"

    def tagged(self, name: str) -> dict[str, str]:
        """All tags of one resource. AWS calls the displayed name `Name`."""
        return {**self.tags, "durability": self.durability.value, "Name": self.name(name)}


def tags(stack: str, owner: str, cost_center: str) -> dict[str, str]:
    """The tags of every resource of a stack."""
    return {"environment": stack, "owner": owner, "cost-center": cost_center, "managed-by": "pulumi"}
