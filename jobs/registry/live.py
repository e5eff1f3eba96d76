"""The registry as it is now, for comparison with the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.audit.query import subject_of

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

# On a version: `seq:sha256` of the entry that told of the last change to it.
ANCHOR_TAG = "mlops.audit"


def live_models() -> list[str]:
    """Names of all registered models."""
    from mlflow import MlflowClient

    client, names, token = MlflowClient(), list[str](), None
    while True:
        page = client.search_registered_models(page_token=token)
        names += [model.name for model in page]
        if not (token := page.token):
            return sorted(names)


def live_aliases() -> dict[str, str]:
    """`model@alias` → version, of every model."""
    from mlflow import MlflowClient

    client = MlflowClient()
    return {
        subject_of(name, alias): str(version)
        for name in live_models()
        for alias, version in client.get_registered_model(name).aliases.items()
    }


def live_anchors() -> dict[str, str]:
    """`model/version` → the anchor in its tags."""
    from mlflow import MlflowClient

    client, found, token = MlflowClient(), list["ModelVersion"](), None
    while True:
        page = client.search_model_versions(page_token=token)
        found += page
        if not (token := page.token):
            return {f"{one.name}/{one.version}": one.tags[ANCHOR_TAG] for one in found if ANCHOR_TAG in one.tags}
