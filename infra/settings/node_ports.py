"""Where clients reach the servers of a cluster that has no load balancers."""

from typing import Annotated

from pydantic import Field

from infra.settings.base import SettingsModel

NodePort = Annotated[int, Field(ge=30000, le=32767)]


class NodePortsSettings(SettingsModel):
    """One port of the node for each server."""

    database: NodePort = 30432
    store: NodePort = 30900
    tracking: NodePort = 30500
    serving: NodePort = 30800
    prometheus: NodePort = 30909
    alertmanager: NodePort = 30903
