"""Counters of pods, which start again and come and go, → what was done meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.deployment.scrape import Odometer, healthy, of_gateway, of_server

# As Envoy 1.40 and the model server write them.
GATEWAY = """\
# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="blue"} 90
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="blue"} 10
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="blue"} 10
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="blue",le="1"} 50
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="blue",le="200"} 80
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="blue",le="+Inf"} 90
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="blue"} 1234.5
envoy_cluster_membership_healthy{envoy_cluster_name="blue"} 3
envoy_cluster_membership_healthy{envoy_cluster_name="green"} 1
"""
SERVER = """\
mlops_prediction_probability_bucket{le="0.5"} 7.0
mlops_prediction_probability_bucket{le="1.0"} 10.0
mlops_prediction_probability_bucket{le="+Inf"} 10.0
mlops_prediction_probability_sum 4.2
mlops_requests_total{route="/predict",status="200"} 10.0
"""


def test_what_gateway_and_server_say_becomes_a_side() -> None:
    odometer = Odometer()
    odometer.add("gateway", of_gateway(GATEWAY), fresh=True)
    odometer.add("server", of_server(SERVER, "blue"), fresh=True)
    side = odometer.side("blue")
    assert (side.requests, side.errors) == (100, 10)
    assert side.seconds.edges == (0.001, 0.2)
    assert side.seconds.counts == (50, 30, 10)
    assert side.predictions == (7, 3)
    assert odometer.side("green").requests == 0
    assert (healthy(GATEWAY, "blue"), healthy(GATEWAY, "green"), healthy("", "blue")) == (3, 1, 0)


def test_what_was_there_before_does_not_count() -> None:
    odometer = Odometer()
    odometer.add("gateway", of_gateway(GATEWAY))
    odometer.add("gateway", of_gateway(GATEWAY))
    assert odometer.side("blue").requests == 0


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 50), st.booleans()), max_size=30))
def test_a_counter_that_starts_again_loses_nothing_that_was_seen(steps: list[tuple[str, int, bool]]) -> None:
    key = ("envoy_cluster_upstream_rq", "blue", "200")
    odometer, counters, expected = Odometer(), {"a": 0, "b": 0}, 0
    for source in counters:
        odometer.add(source, {key: 0.0})
    for source, more, restarts in steps:
        # A restart is seen only where the counter is lower than it was.
        if restarts and more < counters[source]:
            counters[source] = 0
        counters[source] += more
        expected += more
        odometer.add(source, {key: float(counters[source])})
    assert odometer.side("blue").requests == expected


def test_a_text_that_is_cut_or_foreign_counts_nothing() -> None:
    assert of_gateway("<html>") == {}
    assert of_server("mlops_prediction_probability_bucket{le=", "blue") == {}
