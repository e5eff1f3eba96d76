"""The estimate adds up, and what it cannot price it names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.review.bill import bill_section, dollars
from infra.review.charges import CHARGES
from infra.review.cost import Estimate, Resource, bill, estimate
from infra.review.prices import prices
from infra.review.step import Action, Preview, Step
from tests.infra.review.samples import create, preview, recorded, state, urn

PRICES = prices()
REGION = "us-east-1"
RDS, NODES = "aws:rds/instance:Instance", "aws:eks/nodeGroup:NodeGroup"
ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
CONCURRENCY = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


def monthly(kind: str, inputs: dict[str, Any], functions: dict[str, Any] | None = None) -> Estimate:
    return estimate([Resource(kind, "it", inputs, REGION)], PRICES, functions or {})


def claim(size: str) -> dict[str, Any]:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        (RDS, {"instanceClass": "db.t4g.medium", "allocatedStorage": 100, "storageType": "gp3"}, "58.95"),
        (RDS, {"instanceClass": "db.t4g.medium", "allocatedStorage": 100, "multiAz": True}, "117.90"),
        ("aws:eks/cluster:Cluster", {}, "73.00"),
        (NODES, {"instanceTypes": ["m6i.large", "m5.large"], "scalingConfig": {"desiredSize": 3}}, "210.24"),
        ("aws:ec2/natGateway:NatGateway", {}, "32.85"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": ["a", "b"]}, "14.60"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"serviceName": "s3"}, "0.00"),
        (ENDPOINT, {"productionVariants": [{"instanceType": "ml.m5.large", "initialInstanceCount": 2}]}, "167.90"),
        ("aws:kms/key:Key", {}, "1.00"),
        ("aws:amp/scraper:Scraper", {}, "29.20"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {}, "0.10"),
        ("aws:secretsmanager/secret:Secret", {}, "0.40"),
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}, "16.43"),
        ("kubernetes:core/v1:Service", {"spec": {"type": "NodePort"}}, "0.00"),
        ("kubernetes:core/v1:PersistentVolumeClaim", claim("512Mi"), "0.04"),
        (
            "kubernetes:apps/v1:StatefulSet",
            {"spec": {"replicas": 2, "volumeClaimTemplates": [claim("10Gi")]}},
            "1.60",
        ),
        ("aws:iam/role:Role", {}, "0.00"),
        ("kubernetes:core/v1:ConfigMap", {}, "0.00"),
    ],
)
def test_what_a_resource_costs_in_a_month(kind: str, inputs: dict[str, Any], expected: str) -> None:
    found = monthly(kind, inputs)
    assert found.unpriced == ()
    assert dollars(found.monthly) == f"${expected}"


def test_provisioned_concurrency_costs_by_the_memory_of_its_function() -> None:
    inputs = {"functionName": "serve", "provisionedConcurrentExecutions": 2, "qualifier": "live"}
    found = monthly(CONCURRENCY, inputs, {"serve": {"memorySize": 2048}})
    assert dollars(found.monthly) == "$43.80"
    assert monthly(CONCURRENCY, inputs).unpriced == (
        f"{CONCURRENCY} it: the memory of function 'serve' is not in this stack",
    )


@pytest.mark.parametrize(
    ("kind", "inputs", "named"),
    [
        (RDS, {"instanceClass": "db.z9.huge", "allocatedStorage": 20}, "rds db.z9.huge in us-east-1"),
        (RDS, {"instanceClass": "db.t4g.micro", "allocatedStorage": 20, "storageType": "io2"}, "rdsStorage io2"),
        (NODES, {"instanceTypes": ["z9.huge"], "scalingConfig": {"desiredSize": 1}}, "ec2 z9.huge"),
        (NODES, {"scalingConfig": {"desiredSize": 1}}, "instanceTypes is not among the inputs"),
        (ENDPOINT, {"productionVariants": [{"instanceType": "ml.z9.huge"}]}, "sagemaker ml.z9.huge"),
        ("aws:redshift/cluster:Cluster", {}, "no price for this type"),
        ("kubernetes:core/v1:PersistentVolumeClaim", {}, "its storage request is not known"),
    ],
)
def test_what_has_no_price_is_named_and_is_no_zero(kind: str, inputs: dict[str, Any], named: str) -> None:
    found = monthly(kind, inputs)
    assert found.monthly == 0
    assert len(found.unpriced) == 1
    assert found.unpriced[0].startswith(f"{kind} it: ")
    assert named in found.unpriced[0]


def test_what_is_billed_by_use_alone_is_named() -> None:
    assert monthly("aws:s3/bucket:Bucket", {}).by_use == {"aws:s3/bucket:Bucket": 1}


RESOURCES = st.lists(
    st.one_of(
        st.builds(
            lambda size, count: Resource(RDS, size, {"instanceClass": size, "allocatedStorage": count}, REGION),
            st.sampled_from(["db.t4g.micro", "db.m7g.large", "db.z9.huge"]),
            st.integers(20, 9999),
        ),
        st.builds(
            lambda size, count: Resource(
                NODES, size, {"instanceTypes": [size], "scalingConfig": {"desiredSize": count}}, REGION
            ),
            st.sampled_from(["m6i.large", "g5.xlarge", "z9.huge"]),
            st.integers(0, 50),
        ),
        st.just(Resource("aws:kms/key:Key", "key", {}, REGION)),
        st.just(Resource("aws:s3/bucket:Bucket", "bucket", {}, REGION)),
        st.just(Resource("aws:redshift/cluster:Cluster", "cluster", {}, REGION)),
    ),
    max_size=8,
)


@given(RESOURCES, RESOURCES)
def test_the_estimate_of_two_stacks_is_the_sum_of_their_estimates(one: list[Resource], other: list[Resource]) -> None:
    together = estimate([*one, *other], PRICES, {})
    assert together == estimate(one, PRICES, {}) + estimate(other, PRICES, {})


@given(RESOURCES)
def test_what_stays_the_same_has_no_difference(resources: list[Resource]) -> None:
    steps = [
        Step(Action.SAME, urn(it.type, f"{number}"), state(dict(it.inputs)), state(dict(it.inputs)))
        for number, it in enumerate(resources)
    ]
    found = bill(preview(*steps), PRICES)
    assert found is None or not (found.difference or found.deltas)


@given(st.from_regex(r"\A[a-z][0-9][a-z]?\.[a-z]{3,9}\Z"))
def test_every_instance_type_that_is_not_in_the_table_is_named(instance_type: str) -> None:
    found = monthly(NODES, {"instanceTypes": [instance_type], "scalingConfig": {"desiredSize": 1}})
    known = instance_type in PRICES.regions[REGION]["ec2"]
    assert bool(found.unpriced) is not known
    assert known or instance_type in found.unpriced[0]


def test_a_resource_that_loses_its_price_is_no_saving() -> None:
    found = bill(recorded("changed.jsonl"), PRICES)
    assert found is not None
    assert found.regions == ("eu-central-1",)
    assert dollars(found.difference, signed=True) == "-$37.96"
    text = "\n".join(bill_section(found).lines)
    assert "| `aws:rds:Instance` **`database`** | $62.33 | unpriced | unknown |" in text
    assert "no price for rds db.x2g.large in eu-central-1" in text


def test_resources_of_one_type_share_a_row() -> None:
    gateway, endpoint = "aws:ec2/natGateway:NatGateway", "aws:ec2/vpcEndpoint:VpcEndpoint"
    known = {"vpcEndpointType": "Interface", "subnetIds": ["a", "b"]}
    steps = (create(gateway, "a"), create(gateway, "b"), create(endpoint, "c", known), create(endpoint, "d", known))
    unknown = create(endpoint, "e", {"vpcEndpointType": "Interface"})
    found = bill(preview(*steps, unknown), PRICES)
    assert found is not None
    lines = [line for line in bill_section(found).lines if "`aws:ec2:" in line]
    assert lines == [
        "| 2 `aws:ec2:NatGateway` | $0.00 | $75.92 | +$75.92 |",
        "| 3 `aws:ec2:VpcEndpoint` | $0.00 | $35.04 and 1 unpriced | +$35.04 and unknown |",
    ]


def test_what_is_kept_in_the_account_is_still_billed() -> None:
    found = bill(recorded("changed.jsonl"), PRICES)
    assert found is not None
    assert [delta.step.urn.name for delta in found.deltas if "kms" in delta.step.urn.type] == []


def test_resources_of_an_unknown_region_are_unpriced() -> None:
    nowhere = bill(Preview((create("aws:ec2/natGateway:NatGateway", "n"),)), PRICES)
    assert nowhere is not None
    assert nowhere.after.unpriced == ("aws:ec2/natGateway:NatGateway n: no price for natGateway in an unknown region",)


def test_a_stack_without_aws_has_no_bill() -> None:
    assert bill(preview(create("kubernetes:core/v1:PersistentVolumeClaim", "data", claim("10Gi"))), PRICES) is None


def test_the_table_is_dated_and_says_what_it_leaves_out() -> None:
    assert PRICES.date.startswith("202")
    text = " ".join(PRICES.leaves_out)
    for word in ("traffic", "requests", "NAT", "Savings Plans", "spot", "tax"):
        assert word in text


def test_no_type_is_in_two_tables() -> None:
    assert PRICES.by_use & PRICES.free == set()
    assert (PRICES.by_use | PRICES.free) & CHARGES.keys() == set()
