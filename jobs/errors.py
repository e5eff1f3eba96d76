"""Errors of the `mlops` command: each says what was given, what is allowed and what to change."""

from __future__ import annotations


class MlopsError(Exception):
    """The thing asked about is bad. Exit code 1."""

    exit_code = 1

    def __init__(
        self,
        problem: str,
        *,
        given: object = None,
        allowed: object = None,
        change: str | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        self.problem = problem
        self.given = given
        self.allowed = allowed
        self.change = change
        self.details = details
        super().__init__(problem)

    def __str__(self) -> str:
        lines = [self.problem, *(f"  {detail}" for detail in self.details)]
        if self.given is not None:
            lines.append(f"  given:   {self.given}")
        if self.allowed is not None:
            lines.append(f"  allowed: {self.allowed}")
        if self.change is not None:
            lines.append(f"  change:  {self.change}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """The error for machines; only the parts that are known."""
        parts = {
            "error": self.problem,
            "kind": type(self).__name__,
            "given": self.given,
            "allowed": self.allowed,
            "change": self.change,
            "details": list(self.details) or None,
        }
        return {key: value for key, value in parts.items() if value is not None}


class ConfigError(MlopsError):
    """A config, an option or the environment is wrong; nothing was started. Exit code 2."""

    exit_code = 2


class DataError(MlopsError):
    """A table does not fit its schema."""


class TrainingError(MlopsError):
    """A candidate could not be trained, converted or recorded."""


class BundleError(MlopsError):
    """A model bundle is incomplete, altered or gives other predictions than recorded."""


class RegistryError(MlopsError):
    """A model, version or alias does not exist or may not be used."""


class UnreachableError(MlopsError):
    """A server or store does not answer."""


class ClusterError(MlopsError):
    """Kubernetes refused or a pod failed."""


class ImageError(MlopsError):
    """An image could not be built, tried, described or pushed."""


# Class names, not classes: this module must not import the clients whose errors it explains.
_NO_ANSWER = {
    "botocore.exceptions.ConnectionError",
    "botocore.exceptions.HTTPClientError",
    "botocore.exceptions.IncompleteReadError",
    "httpx.ConnectError",
    "httpx.ConnectTimeout",
    "httpx.ReadTimeout",
    "requests.exceptions.ConnectionError",
    "requests.exceptions.ReadTimeout",
    "urllib3.exceptions.MaxRetryError",
}
_REFUSED = {
    "botocore.exceptions.ClientError",
    "boto3.exceptions.S3UploadFailedError",
    "mlflow.exceptions.MlflowException",
}
_NO_ENTRY = {"botocore.exceptions.NoCredentialsError", "botocore.exceptions.PartialCredentialsError"}
_FULL = {28, 122}  # ENOSPC, EDQUOT
_DOWN = {500, 502, 503, 504}
# Words of the kernel, PostgreSQL, SQLite and S3 stores, in lower case.
_NO_SPACE = (
    "no space left on device", "disk quota exceeded", "psycopg.errors.diskfull", "psycopg2.errors.diskfull",
    "could not extend file", "database or disk is full", "insufficient storage", "insufficientstorage", "storagefull",
    "storage full",
)  # fmt: skip


_FAILING = "(Caused by ResponseError('too many 5"


def says_no_space(text: str) -> bool:
    """Whether a server's answer means that its disk is full."""
    lower = text.lower()
    return any(words in lower for words in _NO_SPACE)


def explain(error: BaseException) -> MlopsError | None:
    """The taught form of a client library's error, or None when it is not one we know."""
    if isinstance(error, MlopsError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return MlopsError("the disk is full", given=str(error), change="free space, then run the same command again")
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    status = getattr(error, "response", None)
    status = status.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(status, dict) else None
    if names & _REFUSED and (status == 507 or says_no_space(str(error))):
        return MlopsError(
            "a server has no space left", given=_short(error),
            change="free space on its volume, then run the same command again",
        )  # fmt: skip
    # MLflow's client retries 500 and 503 and then keeps only their number, not the server's words.
    if names & _REFUSED and (_FAILING in str(error) or status in _DOWN):
        return UnreachableError(
            "a server fails on every attempt", given=_short(error),
            change="its log has the cause, such as a full disk or a database that is down; look at `mlops health`",
        )  # fmt: skip
    if names & _NO_ANSWER or "Max retries exceeded" in str(error):
        return UnreachableError(
            "a server does not answer", given=_short(error), change="look at `mlops health`; nothing was registered"
        )
    if names & _NO_ENTRY:
        return ConfigError("the store needs credentials", change="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if names & _REFUSED:
        return MlopsError(
            "the request was refused", given=_short(error),
            change="mend what it says; who asks is AWS_ACCESS_KEY_ID at a store, MLFLOW_TRACKING_USERNAME at MLflow",
        )  # fmt: skip
    return None


def _short(error: BaseException) -> str:
    return str(error)[:400]
