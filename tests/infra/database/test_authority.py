"""The roots that clients of RDS trust."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from infra.database.authority import authority
from infra.settings.account import REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_its_own_self_signed_root_that_lasts(region: str) -> None:
    certificate = x509.load_pem_x509_certificate(authority(region).encode())

    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == f"Amazon RDS {region} Root CA RSA2048 G1"
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=3650)
