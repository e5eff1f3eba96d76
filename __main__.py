"""Entry point of `pulumi up`."""

from infra.settings.load import load
from infra.stack import build

build(load())
