"""Versions of a model: register, list, find, verify; the bare moves that `jobs.registry.promotion` decides on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from jobs.audit.query import REGISTERED
from jobs.audit.trail import Trail
from jobs.bundle.digest import BUNDLE_TAG
from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.errors import RegistryError
from jobs.registry.live import ANCHOR_TAG
from jobs.training.config import LOWER_IS_BETTER
from jobs.training.record import BEST_TAG, DATA_TAG, ROLE

# Of a version that may not be promoted: since when.
ARCHIVED_TAG = "mlops.archived"


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
    note: str = ""

    @property
    def bundle(self) -> str:
        """Digest of its bundle; empty when nobody recorded one."""
        return self.tags.get(BUNDLE_TAG, "")

    @property
    def archived(self) -> bool:
        """Whether it may not be promoted."""
        return ARCHIVED_TAG in self.tags

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
            f"attributes.status = 'FINISHED' and tags.`{ROLE}` = 'experiment'",
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
            f"attributes.status = 'FINISHED' and tags.`{ROLE}` = 'candidate'",
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
        trail = Trail.open()
        run = self.run(run_id)
        digest = run.data.tags.get(BUNDLE_TAG)
        outputs = run.outputs.model_outputs if run.outputs else []
        if not digest or not outputs:
            raise RegistryError("the run has no model bundle", given=run_id, change="register a candidate run")
        model = self._client.get_logged_model(outputs[-1].model_id)
        verify_artifacts(model.artifact_location, digest)
        for version in self.versions(name, missing_ok=True):
            if version.run_id == run_id and version.tags.get(BUNDLE_TAG) == digest:
                return self._recorded(trail, version)
        tags = {
            BUNDLE_TAG: digest,
            DATA_TAG: run.data.tags.get(DATA_TAG, ""),
            **{key: value for key, value in run.data.tags.items() if key.startswith("mlops.library.")},
        }
        number = self.create(name, model.artifact_location, run_id, tags, model.model_id)
        return self._recorded(trail, self.find(name, number))

    def create(self, name: str, source: str, run_id: str, tags: dict[str, str], model_id: str) -> str:
        """Number of the new version. Its tags go with the creation: a version without its digest never exists."""
        with self._model(name):
            created = self._client.create_model_version(
                name, source=source, run_id=run_id, tags=tags, model_id=model_id, await_creation_for=0
            )
        return str(created.version)

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

    def holder(self, name: str, alias: str) -> Version | None:
        """The version that the alias names. Raises RegistryError without such a model."""
        return next((one for one in self.versions(name) if alias in one.aliases), None)

    def point(self, name: str, alias: str, version: str | None) -> None:
        """The bare move of an alias, None removes it; what asks, compares and records is `jobs.registry.promotion`."""
        if version is None:
            self._client.delete_registered_model_alias(name, alias)
        else:
            self._client.set_registered_model_alias(name, alias, version)

    def tag(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        for key, value in tags.items():
            self._client.set_model_version_tag(name, version, key, value)

    def untag(self, name: str, version: str, key: str) -> None:
        self._client.delete_model_version_tag(name, version, key)

    def describe(self, name: str, version: str, text: str) -> None:
        self._client.update_model_version(name, version, text)

    def describe_model(self, name: str, text: str, tags: Mapping[str, str]) -> None:
        """Of the model as a whole, not of a version."""
        self._client.update_registered_model(name, text)
        for key, value in tags.items():
            self._client.set_registered_model_tag(name, key, value)

    def run(self, run_id: str) -> Any:
        """Raises RegistryError when it does not exist."""
        return self._call(lambda: self._client.get_run(run_id), "the run does not exist", run_id)

    def model(self, name: str) -> Any:
        """MLflow's own entity. Raises RegistryError when it does not exist."""
        return self._call(lambda: self._client.get_registered_model(name), "the model does not exist", name)

    def experiment_name(self, experiment_id: str) -> str:
        return str(self._client.get_experiment(experiment_id).name)

    def has_files(self, run_id: str) -> bool:
        return bool(self._client.list_artifacts(run_id))

    def has_file(self, run_id: str, name: str) -> bool:
        """Whether the run's artifacts have such a file at their top."""
        return any(one.path == name for one in self._client.list_artifacts(run_id))

    def fetch_file(self, run_id: str, name: str, folder: Path) -> Path:
        """A file of the run's artifacts, copied into the folder."""
        return Path(self._client.download_artifacts(run_id, name, str(folder)))

    def location(self, version: Version) -> str:
        """Where the version's artifacts are: `s3://…` or a folder."""
        return str(self._client.get_model_version_download_uri(version.name, version.version))

    def verify(self, version: Version) -> Scorer:
        """The version's model, after its files match the registered digest and its golden rows. Raises BundleError."""
        digest = version.bundle
        if not digest:
            raise RegistryError(
                f"version {version.version} has no tag {BUNDLE_TAG}, so it cannot be verified; nothing was changed",
                change="register it with `mlops models register`",
            )
        return verify_artifacts(self.location(version), digest)

    def _experiment_id(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            names = sorted(one.name for one in self._client.search_experiments())
            raise RegistryError("the experiment does not exist", given=name, allowed=names)
        return str(found.experiment_id)

    def _recorded(self, trail: Trail, version: Version) -> Version:
        """The version with the entry of its registration; an earlier call may have ended before it had one."""
        if ANCHOR_TAG in version.tags:
            return version
        entry = trail.append(
            REGISTERED, f"{version.name}/{version.version}", run=version.run_id, bundle=version.bundle,
            data=version.tags.get(DATA_TAG, ""),
        )  # fmt: skip
        self.tag(version.name, version.version, {ANCHOR_TAG: entry.anchor})
        return replace(version, tags={**version.tags, ANCHOR_TAG: entry.anchor})

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


def verify_artifacts(location: str, digest: str) -> Scorer:
    """Downloads the bundle, checks digest and golden rows. Raises BundleError, UnreachableError."""
    with tempfile.TemporaryDirectory(prefix="mlops-verify-") as folder:
        return load_scorer(fetch_model(location, Path(folder)), digest)


def _version(entity: Any, aliases: list[str] | None = None) -> Version:
    return Version(
        name=entity.name,
        version=str(entity.version),
        aliases=tuple(sorted(aliases if aliases is not None else entity.aliases)),
        run_id=entity.run_id or None,
        source=entity.source,
        created=entity.creation_timestamp,
        tags=dict(entity.tags),
        note=entity.description or "",
    )
