"""Route tables, the routes in them, and the subnets that use them."""

from __future__ import annotations

import zlib
from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, filtered, one, specified, tags_of
from local.plugins.aws.services.ec2.vpc import LEAVING

_TARGETS = {"gatewayId": "GatewayId", "natGatewayId": "NatGatewayId"}


class RouteTable(Kind):
    """Its routes are resources of their own."""

    sdk, service = ec2.RouteTable, "ec2"
    carries = words("vpcId tags")
    fixed = words("vpcId")
    tagging = TAGGING
    eventual = (LEAVING,)

    def create(self, op: Operation) -> str:
        made = op.client.create_route_table(VpcId=op.new["vpcId"], **specified("route-table", op.tags))
        return str(made["RouteTable"]["RouteTableId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        table = _table(op, identifier)
        if table is None:
            return None
        return {
            "vpcId": table["VpcId"],
            "ownerId": table["OwnerId"],
            "arn": arn(op, f"route-table/{identifier}"),
            "tagsAll": tags_of(table),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_route_table(RouteTableId=identifier)


class Route(Kind):
    """Its id is the table with a hash of the destination, as in the official plugin; `table_destination` imports."""

    sdk, service = ec2.Route, "ec2"
    carries = words("routeTableId destinationCidrBlock gatewayId natGatewayId")
    fixed = words("routeTableId destinationCidrBlock")
    volatile = words("origin state")
    eventual = (
        Eventual("InvalidGatewayID.NotFound", "", "the gateway is not known everywhere yet"),
        Eventual("InvalidNatGatewayID.NotFound", "", "the NAT gateway is not known everywhere yet"),
    )

    def create(self, op: Operation) -> str:
        table, destination = _place(op, "")
        op.client.create_route(RouteTableId=table, DestinationCidrBlock=destination, **self._target(op))
        return _route_id(table, destination)

    def read(self, op: Operation, identifier: str) -> Properties | None:
        table, destination = _place(op, identifier)
        op.created(_route_id(table, destination))
        routes = (_table(op, table) or {}).get("Routes", [])
        route = one(route for route in routes if route.get("DestinationCidrBlock") == destination)
        if route is None:
            return None
        return {
            "routeTableId": table,
            "destinationCidrBlock": destination,
            **{name: route.get(api) for name, api in _TARGETS.items()},
            "origin": route["Origin"],
            "state": route["State"],
        }

    def update(self, op: Operation, identifier: str) -> None:
        table, destination = _place(op, identifier)
        op.client.replace_route(RouteTableId=table, DestinationCidrBlock=destination, **self._target(op))

    def delete(self, op: Operation, identifier: str) -> None:
        table, destination = _place(op, identifier)
        op.client.delete_route(RouteTableId=table, DestinationCidrBlock=destination)

    def _target(self, op: Operation) -> dict[str, Any]:
        return op.given(**{api: name for name, api in _TARGETS.items()})


class RouteTableAssociation(Kind):
    """It is found by its subnet, which has one: another table gives it another id. `subnet/table` imports."""

    sdk, service = ec2.RouteTableAssociation, "ec2"
    carries = words("subnetId routeTableId")
    fixed = words("subnetId")

    def create(self, op: Operation) -> str:
        made = op.client.associate_route_table(**op.given(SubnetId="subnetId", RouteTableId="routeTableId"))
        return str(made["AssociationId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = self._find(op, identifier)
        return {name: found[api] for name, api in _ASSOCIATION.items()} if found else None

    def update(self, op: Operation, identifier: str) -> None:
        found = self._find(op, identifier)
        if found:
            op.client.replace_route_table_association(
                AssociationId=found["RouteTableAssociationId"], RouteTableId=op.new["routeTableId"]
            )

    def delete(self, op: Operation, identifier: str) -> None:
        if found := self._find(op, identifier):
            op.client.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])

    def _find(self, op: Operation, identifier: str) -> dict[str, Any] | None:
        subnet = (op.new or op.last).get("subnetId") or identifier.partition("/")[0]
        tables = op.client.describe_route_tables(Filters=filtered(**{"association.subnet_id": subnet}))["RouteTables"]
        own = (found for table in tables for found in table["Associations"] if found.get("SubnetId") == subnet)
        return one(own)


_ASSOCIATION = {"subnetId": "SubnetId", "routeTableId": "RouteTableId"}


def _table(op: Operation, identifier: str) -> dict[str, Any] | None:
    return one(op.client.describe_route_tables(RouteTableIds=[identifier])["RouteTables"])


def _place(op: Operation, identifier: str) -> tuple[str, str]:
    """The table and the destination: as recorded, or of an id given for an import."""
    known = op.new or op.last
    if known:
        return str(known["routeTableId"]), str(known["destinationCidrBlock"])
    table, _, destination = identifier.partition("_")
    return table, destination


def _route_id(table: str, destination: str) -> str:
    return f"r-{table}{zlib.crc32(destination.encode())}"
