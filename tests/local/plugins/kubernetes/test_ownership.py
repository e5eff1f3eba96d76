from typing import Any

from local.plugins.kubernetes.ownership import owners, without_ignored


def live(owner: str) -> dict[str, Any]:
    """A Deployment whose replicas and image belong to `owner`; our field manager is `us`."""
    theirs: dict[str, Any] = {
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}},
        }
    }
    return {
        "metadata": {
            "managedFields": [
                {"manager": owner, "fieldsV1": theirs},
                {"manager": "us", "fieldsV1": {"f:spec": {"f:paused": {}}}},
            ]
        },
        "spec": {
            "replicas": 7,
            "paused": True,
            "template": {"spec": {"containers": [{"name": "web", "image": "new"}]}},
        },
    }


MANIFEST = {
    "spec": {"replicas": 2, "paused": False, "template": {"spec": {"containers": [{"name": "web", "image": "old"}]}}}
}
IMAGE = "spec.template.spec.containers[0].image"


def test_a_field_belongs_to_the_manager_that_set_it() -> None:
    assert owners(live("autoscaler"), ("spec", "replicas")) == {"autoscaler"}
    assert owners(live("rollout"), ("spec", "template", "spec", "containers", 0, "image")) == {"rollout"}


def test_an_ignored_field_of_another_manager_is_left_out_of_what_we_apply() -> None:
    applied = without_ignored(MANIFEST, live("autoscaler"), ["spec.replicas", IMAGE], "us")
    assert applied["spec"] == {"paused": False, "template": {"spec": {"containers": [{"name": "web"}]}}}


def test_an_ignored_field_that_is_ours_keeps_its_live_value_because_leaving_it_out_would_delete_it() -> None:
    assert without_ignored(MANIFEST, live("other"), ["spec.paused"], "us")["spec"]["paused"] is True


def test_the_programs_manifest_is_not_changed() -> None:
    without_ignored(MANIFEST, live("autoscaler"), ["spec.replicas"], "us")
    assert MANIFEST["spec"]["replicas"] == 2
