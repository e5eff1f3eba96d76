"""Versions of a model: register, list, promote, roll back; nothing changes unless the artifacts verify."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import load_scorer
from jobs.errors import RegistryError
from jobs.training.config import LOWER_IS_BETTER
from jobs.training.record import BEST_TAG, DATA_TAG

PREVIOUS_ALIAS = "previous-{alias}"


@dataclass(frozen=True)
class Version:
    """One version of a registered model."""

    name: str
    version: str
    aliases: tuple[str, ...]
    run_id: str | None
    source: str
    created: int
    tags: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Registry:
    """MLflow's registry. Every method raises RegistryError, naming what exists, or UnreachableError."""

    def __init__(self) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient()

    def chosen_run(self, experiment: str) -> str:
        """Id of the candidate that the newest finished training chose by its config's `select`."""
        runs = self._client.search_runs(
            [self._experiment_id(experiment)],
            "attributes.status = 'FINISHED' and tags.`mlops.role` = 'experiment'",
            order_by=["attributes.start_time DESC"],
            max_results=1,
        )
        if not runs:
            raise RegistryError("the experiment has no finished training", given=experiment, change="mlops train run")
        chosen = runs[0].data.tags.get(BEST_TAG)
        if not chosen:
            raise RegistryError(
                f"the newest training has no tag {BEST_TAG}",
                given=runs[0].info.run_id,
                change="train again, or choose with --run-id or --metric",
            )
        return str(chosen)

    def best_run(self, experiment: str, metric: str) -> str:
        """Id of the finished candidate with the best metric, e.g. `test_roc_auc`, of all trainings on whatever data."""
        order = "ASC" if metric.split("_", 1)[-1] in LOWER_IS_BETTER else "DESC"
        runs = self._client.search_runs(
            [self._experiment_id(experiment)],
            "attributes.status = 'FINISHED' and tags.`mlops.role` = 'candidate'",
            order_by=[f"metrics.`{metric}` {order}", "attributes.start_time DESC"],
            max_results=1,
        )
        if not runs:
            raise RegistryError("the experiment has no finished candidate", given=experiment, change="mlops train run")
        if metric not in runs[0].data.metrics:
            raise RegistryError("no run has this metric", given=metric, allowed=sorted(runs[0].data.metrics))
        return str(runs[0].info.run_id)

    def register(self, name: str, run_id: str) -> Version:
        """The run's model as a new version, or the version that already holds the same bundle of that run."""
        run = self._call(lambda: self._client.get_run(run_id), "the run does not exist", run_id)
        digest = run.data.tags.get(BUNDLE_TAG)
        outputs = run.outputs.model_outputs if run.outputs else []
        if not digest or not outputs:
            raise RegistryError("the run has no model bundle", given=run_id, change="register a candidate run")
        model = self._client.get_logged_model(outputs[-1].model_id)
        verify_artifacts(model.artifact_location, digest)
        for version in self.versions(name, missing_ok=True):
            if version.run_id == run_id and version.tags.get(BUNDLE_TAG) == digest:
                return version
        tags = {
            BUNDLE_TAG: digest,
            DATA_TAG: run.data.tags.get(DATA_TAG, ""),
            **{key: value for key, value in run.data.tags.items() if key.startswith("mlops.library.")},
        }
        with self._model(name):
            # Tags go with the creation: a version without its digest never exists.
            created = self._client.create_model_version(
                name,
                source=model.artifact_location,
                run_id=run_id,
                tags=tags,
                model_id=model.model_id,
                await_creation_for=0,
            )
        return _version(created)

    def versions(self, name: str, missing_ok: bool = False) -> list[Version]:
        """Newest first."""
        from mlflow.exceptions import MlflowException

        try:
            aliases = self._client.get_registered_model(name).aliases
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            if missing_ok:
                return []
            known = sorted(model.name for model in self._client.search_registered_models())
            raise RegistryError("the model does not exist", given=name, allowed=known) from error
        found = self._client.search_model_versions(f"name = '{name}'", max_results=1000)
        names: dict[str, list[str]] = {}
        for alias, version in aliases.items():
            names.setdefault(str(version), []).append(alias)
        versions = [_version(one, names.get(str(one.version), [])) for one in found]
        return sorted(versions, key=lambda one: int(one.version), reverse=True)

    def find(self, name: str, which: str) -> Version:
        """A version by number, or by alias as `@champion`."""
        versions = self.versions(name)
        for version in versions:
            if version.version == which or (which.startswith("@") and which[1:] in version.aliases):
                return version
        allowed = [one.version for one in versions] + [f"@{alias}" for one in versions for alias in one.aliases]
        raise RegistryError(
            "the model has no such version; nothing was changed", given=f"{name} {which}", allowed=allowed
        )

    def promote(self, name: str, which: str, alias: str) -> tuple[Version, Version | None]:
        """Points the alias at a verified version → that version and the one before it."""
        version = self.find(name, which)
        self._verify(version)
        before = next((one for one in self.versions(name) if alias in one.aliases), None)
        if before is not None and before.version == version.version:
            return version, before
        if before is not None:
            self._client.set_registered_model_alias(name, PREVIOUS_ALIAS.format(alias=alias), before.version)
        self._client.set_registered_model_alias(name, alias, version.version)
        return self.find(name, version.version), before

    def rollback(self, name: str, alias: str) -> tuple[Version, Version | None]:
        """Points the alias back at the version it named before the last promotion; only once for each promotion."""
        previous = PREVIOUS_ALIAS.format(alias=alias)
        versions = self.versions(name)
        before = next((version for version in versions if previous in version.aliases), None)
        choice = f"promote a version by number: {[version.version for version in versions]}"
        if before is None:
            raise RegistryError(
                f"{alias} was never promoted over another version; nothing was changed", given=name, change=choice
            )
        # A rollback leaves `previous-…` where it is, so both aliases on one version are its mark.
        if alias in before.aliases:
            raise RegistryError(
                f"nothing to roll back to: the last move of {alias} was a rollback to {before.version}; "
                "nothing was changed",
                given=name,
                change=choice,
            )
        now = next((version for version in versions if alias in version.aliases), None)
        self._verify(before)
        self._client.set_registered_model_alias(name, alias, before.version)
        return self.find(name, before.version), now

    def location(self, version: Version) -> str:
        """Where the version's artifacts are: `s3://…` or a folder."""
        return str(self._client.get_model_version_download_uri(version.name, version.version))

    def _verify(self, version: Version) -> None:
        digest = version.tags.get(BUNDLE_TAG)
        if not digest:
            raise RegistryError(
                f"version {version.version} has no tag {BUNDLE_TAG}, so it cannot be verified; nothing was changed",
                change="register it with `mlops models register`",
            )
        verify_artifacts(self.location(version), digest)

    def _experiment_id(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            names = sorted(one.name for one in self._client.search_experiments())
            raise RegistryError("the experiment does not exist", given=name, allowed=names)
        return str(found.experiment_id)

    @contextmanager
    def _model(self, name: str) -> Iterator[None]:
        """The registered model; when it is new and the block fails, it goes again, for it would be empty."""
        from mlflow.exceptions import MlflowException

        new = True
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            new = False
        try:
            yield
        except BaseException:
            # Best effort, because the cause matters more; another's version in it means that it is not ours alone.
            with suppress(Exception):
                if new and not self.versions(name):
                    self._client.delete_registered_model(name)
            raise

    def _call(self, call: Any, problem: str, given: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return call()
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise RegistryError(problem, given=given) from error
            raise


def verify_artifacts(location: str, digest: str) -> None:
    """Downloads the bundle, checks digest and golden rows. Raises BundleError, UnreachableError."""
    with tempfile.TemporaryDirectory(prefix="mlops-verify-") as folder:
        load_scorer(fetch_model(location, Path(folder)), digest)


def _version(entity: Any, aliases: list[str] | None = None) -> Version:
    return Version(
        name=entity.name,
        version=str(entity.version),
        aliases=tuple(sorted(aliases if aliases is not None else entity.aliases)),
        run_id=entity.run_id or None,
        source=entity.source,
        created=entity.creation_timestamp,
        tags=dict(entity.tags),
    )
