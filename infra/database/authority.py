"""Whom a client of RDS trusts: AWS' own root for databases of a region, which no operating system has."""

from pathlib import Path

# "Amazon RDS <region> Root CA RSA2048 G1" of every region in infra/settings/account.py, as AWS publishes them in its
# global bundle; each is valid to 2061.
FILE = Path(__file__).with_name("authorities.pem")


def authority(region: str) -> str:
    """The root certificate, PEM."""
    _, _, rest = FILE.read_text().partition(f"# {region}\n")
    return rest.partition("# ")[0]
