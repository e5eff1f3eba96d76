"""IAM: roles and their policies."""

from __future__ import annotations

import json
from typing import Any

from pulumi_aws import iam

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging


class Role(Kind):
    sdk, service = iam.Role, "iam"
    carries = words("name path description assumeRolePolicy maxSessionDuration permissionsBoundary tags")
    fixed = words("name path")
    naming = Naming("name", longest=64)
    tagging = Tagging("tag_role", "untag_role", "list_role_tags", "RoleName", by="name")

    def create(self, op: Operation) -> str:
        made = op.client.create_role(
            RoleName=op.new["name"],
            AssumeRolePolicyDocument=op.new["assumeRolePolicy"],
            Tags=self.tagging.form(op.tags),
            **op.given(
                Path="path",
                Description="description",
                MaxSessionDuration="maxSessionDuration",
                PermissionsBoundary="permissionsBoundary",
            ),
        )
        return str(made["Role"]["RoleName"])

    def read(self, op: Operation, identifier: str) -> Properties:
        role: dict[str, Any] = op.client.get_role(RoleName=identifier)["Role"]
        return {
            "name": identifier,
            "arn": role["Arn"],
            "path": role["Path"],
            "description": role.get("Description", ""),
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        }

    def update(self, op: Operation, identifier: str) -> None:
        if op.changed & {"description", "maxSessionDuration"}:
            op.client.update_role(
                RoleName=identifier,
                Description=op.new.get("description", ""),
                MaxSessionDuration=op.new.get("maxSessionDuration", 3600),
            )
        if "assumeRolePolicy" in op.changed:
            op.client.update_assume_role_policy(RoleName=identifier, PolicyDocument=op.new["assumeRolePolicy"])
        if "permissionsBoundary" in op.changed:
            if boundary := op.new.get("permissionsBoundary"):
                op.client.put_role_permissions_boundary(RoleName=identifier, PermissionsBoundary=boundary)
            else:
                op.client.delete_role_permissions_boundary(RoleName=identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_role(RoleName=identifier)


class RolePolicy(Kind):
    """Its id is `role:name`."""

    sdk, service = iam.RolePolicy, "iam"
    carries = words("role name policy")
    fixed = words("role name")
    naming = Naming("name", longest=128)

    def create(self, op: Operation) -> str:
        identifier = f"{op.new['role']}:{op.new['name']}"
        self.update(op, identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties:
        role, _, name = identifier.partition(":")
        found = op.client.get_role_policy(RoleName=role, PolicyName=name)
        return {"role": role, "name": name, "policy": json.dumps(found["PolicyDocument"])}

    def update(self, op: Operation, identifier: str) -> None:
        role, _, name = identifier.partition(":")
        op.client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=op.new["policy"])

    def delete(self, op: Operation, identifier: str) -> None:
        role, _, name = identifier.partition(":")
        op.client.delete_role_policy(RoleName=role, PolicyName=name)


class RolePolicyAttachment(Kind):
    """Its id is `role/policy`, which the official plugin takes for imports."""

    sdk, service = iam.RolePolicyAttachment, "iam"
    carries = words("role policyArn")
    fixed = words("role policyArn")

    def create(self, op: Operation) -> str:
        op.client.attach_role_policy(RoleName=op.new["role"], PolicyArn=op.new["policyArn"])
        return f"{op.new['role']}/{op.new['policyArn']}"

    def read(self, op: Operation, identifier: str) -> Properties | None:
        role, _, policy = identifier.partition("/")
        pages = op.client.get_paginator("list_attached_role_policies").paginate(RoleName=role)
        attached = {found["PolicyArn"] for page in pages for found in page["AttachedPolicies"]}
        return {"role": role, "policyArn": policy} if policy in attached else None

    def delete(self, op: Operation, identifier: str) -> None:
        role, _, policy = identifier.partition("/")
        op.client.detach_role_policy(RoleName=role, PolicyArn=policy)
