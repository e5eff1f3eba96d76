"""An AWS account."""

from infra.settings.models import AwsSettings
from infra.sites.site import Site


def aws(settings: AwsSettings) -> Site:
    """Network, cluster, database and buckets in the account that the settings name."""
    raise NotImplementedError
