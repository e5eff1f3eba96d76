"""How bytes become a pack and bytes again: zstd, then age. Either can be undone by hand: `age -d … | zstd -d`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.backup.errors import SOUND_SET, BackupError
from jobs.errors import ConfigError
from jobs.settings import Instance

RECIPIENTS, IDENTITY = "MLOPS_BACKUP_RECIPIENTS", "MLOPS_BACKUP_IDENTITY"
# Of 1 to 19: rows and models get 10 % smaller with 3, and take twice as long.
LEVEL = 1
SECRET = "AGE-SECRET-KEY-1"
_GIVE = f"give --identity FILE or set {IDENTITY}: the file that `mlops backup key` wrote"


def recipients() -> tuple[str, ...]:
    """Whom packs are sealed for: public keys, sorted. Raises ConfigError."""
    given = os.environ.get(RECIPIENTS) or _of_instance()
    keys = tuple(sorted({one for one in given.replace(",", " ").split() if one}))
    if not keys:
        raise ConfigError(
            "nothing says whom the backup is encrypted for", given=f"{RECIPIENTS} is not set",
            change="`mlops backup key FILE` makes a pair; set the public key that it prints",
        )  # fmt: skip
    for key in keys:
        _recipient(key)
    return keys


def identities(path: Path | None = None) -> list[str]:
    """Secret keys of the file, one a line as age writes them. Raises ConfigError."""
    where = path or Path(os.environ.get(IDENTITY) or Instance.read().backup_key)
    try:
        lines = [line.strip() for line in where.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the key that opens backups cannot be read", given=where, change=_GIVE) from error
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys or not all(key.startswith(SECRET) for key in keys):
        raise ConfigError("this is no file of age's secret keys", given=where, allowed=f"lines {SECRET}…", change=_GIVE)
    return keys


def write_key(file: Path) -> str:
    """A new pair: the secret key into a file that only its owner reads, never over another → the public one.

    Raises ConfigError.
    """
    secret, public = new_key()
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(
            "the key cannot be written", given=file, allowed="a file that is not there yet",
            change="give `mlops backup key` another name, in a folder that you may write to",
            details=(str(error.strerror),),
        ) from error  # fmt: skip
    with os.fdopen(opened, "w") as target:
        target.write(f"# public key: {public}\n{secret}\n")
    return public


def new_key() -> tuple[str, str]:
    """Secret key and public key."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def public_keys(secrets: Sequence[str]) -> list[str]:
    """What belongs to the secret keys. Raises ConfigError."""
    return [str(_identity(secret).to_public()) for secret in secrets]


class Sealer:
    """Compresses and encrypts for these public keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.recipients = tuple(sorted(keys))
        self._keys = [_recipient(key) for key in keys]

    def seal(self, raw: bytes | bytearray) -> bytes:
        import pyarrow as pa
        import pyrage

        return bytes(pyrage.encrypt(pa.Codec("zstd", compression_level=LEVEL).compress(raw, asbytes=True), self._keys))


class Opener:
    """Decrypts with any of these secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [_identity(secret) for secret in secrets]

    def open(self, sealed: bytes, raw: int, name: str) -> memoryview:
        """`raw` is how many bytes there were. Raises BackupError: another key, or not what was sealed."""
        import pyarrow as pa
        import pyrage

        try:
            packed = pyrage.decrypt(sealed, self._keys)
        except pyrage.DecryptError as error:
            raise BackupError(
                "a pack does not open with this key", given=f"{name}: {error}",
                change="give the file of the key that the set was sealed for; `mlops backup list --json` names it",
            ) from error  # fmt: skip
        try:
            return memoryview(pa.Codec("zstd").decompress(packed, raw))
        except (pa.ArrowException, OSError) as error:
            raise BackupError(
                "a pack cannot be expanded", given=name, change=SOUND_SET, details=(str(error),)
            ) from error


def _of_instance() -> str:
    try:
        return " ".join(public_keys(identities(Instance.read().backup_key)))
    except ConfigError:
        return ""


def _recipient(key: str) -> Any:
    from pyrage import RecipientError, x25519

    try:
        return x25519.Recipient.from_str(key)
    except RecipientError as error:
        raise ConfigError(
            "this is no public key of age", given=key, allowed="age1…",
            change=f"set {RECIPIENTS} to what `mlops backup key FILE` prints: docs/runbooks/backup-keys.md",
        ) from error  # fmt: skip


def _identity(secret: str) -> Any:
    from pyrage import IdentityError, x25519

    try:
        return x25519.Identity.from_str(secret)
    except IdentityError as error:
        # Not what was given: it is a secret.
        raise ConfigError("this is no secret key of age", allowed=f"{SECRET}…", change=_GIVE) from error
