"""The AWS account and region of a stack."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import SettingsModel

# Regions with every service the platform uses, EKS Pod Identity and Amazon Managed Prometheus among them.
REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip


def _region(value: str) -> str:
    if value not in REGIONS:
        raise ValueError(f"one of {', '.join(REGIONS)}")
    return value


Region = Annotated[str, AfterValidator(_region), Field(json_schema_extra={"enum": list(REGIONS)})]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Arn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:.+$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,256}$")]


class AccountSettings(SettingsModel):
    """An update with credentials of another account is refused."""

    account: AccountId
    region: Region
    owner: Annotated[TagValue, Field(description="tag of every resource: who answers for it")]
    cost_center: Annotated[TagValue, Field(description="tag of every resource: who pays for it")]
