"""The instance's own stack config: the committed values, where this machine runs them, and the secrets made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.settings.serving import ServingSettings
from jobs.backup.seal import identities, public_keys, write_key
from local.cluster.instance import Instance
from local.platform.engine import CONFIG_FILE, ROOT, Engine
from local.platform.secrets import Secrets, complete
from local.platform.target import SETTING, Target

COMMITTED = ROOT / CONFIG_FILE
SECRETS = "mlops:secrets"
# In the instance's folder, not in the stack's secrets: nothing that the stack makes may sign certificates.
AUTHORITY_KEY = "ca.key"
# Nor may it read its backups; `mlops restore` looks for it here.
BACKUP_KEY = "backup.key"
RECIPIENTS = "backupRecipients"

Config = dict[str, Any]


def merge(committed: Config, kept: Config, own: Mapping[str, Mapping[str, str]]) -> Config:
    """The stack file's content. `own` fills in, per object, what the committed file leaves open; pure."""
    config = {key: dict(value) if isinstance(value, dict) else value for key, value in committed["config"].items()}
    for key, values in own.items():
        config[key] = {**values, **config.get(key, {})}
    if SECRETS in kept.get("config", {}):
        config[SECRETS] = kept["config"][SECRETS]
    salt = {"encryptionsalt": kept["encryptionsalt"]} if "encryptionsalt" in kept else {}
    return {**salt, "config": config}


def read_committed() -> Config:
    """The committed stack file."""
    content: Config = yaml.safe_load(COMMITTED.read_text())
    return content


def read_recorded(instance: Instance) -> Config:
    """The instance's own stack file, which says where its stack went; the committed one before the first `make up`."""
    file = instance.folder / CONFIG_FILE
    content: Config = yaml.safe_load(file.read_text()) if file.exists() else {}
    return content if content.get("config") else read_committed()


def served_model(config: Config) -> tuple[str, str]:
    """Name and alias of the model that the stack serves."""
    given = config["config"].get("mlops:serving", {})
    fields = ServingSettings.model_fields
    name, alias = fields["model_name"].default, fields["model_alias"].default
    return given.get("modelName", name), given.get("modelAlias", alias)


def write_config(engine: Engine, target: Target, own: Mapping[str, Mapping[str, str]]) -> Config:
    """Writes the instance's stack file and returns its content. Secrets that it has are kept, missing ones made now."""
    kept: Config = yaml.safe_load(engine.config_file.read_text()) if engine.config_file.exists() else {}
    merged = merge(read_committed(), kept or {}, {**own, SETTING: target.settings()})
    merged["config"][SETTING] |= target.settings()
    unfinished = engine.config_file.with_suffix(".unfinished")
    unfinished.write_text(yaml.safe_dump(merged, sort_keys=False))
    unfinished.rename(engine.config_file)
    _complete_secrets(engine, target, has_some=SECRETS in merged["config"])
    return merged


def _recipient(key: Path) -> str:
    """The public key of the instance's backups; what opens them is made beside it and goes nowhere else."""
    return ",".join(public_keys(identities(key))) if key.exists() else write_key(key)


def _complete_secrets(engine: Engine, target: Target, *, has_some: bool) -> None:
    kept: Secrets = json.loads(engine.run("config", "get", SECRETS, folder=engine.folder)) if has_some else {}
    given = {RECIPIENTS: _recipient(engine.folder / BACKUP_KEY), **kept}
    key = engine.folder / AUTHORITY_KEY
    whole, signer = complete(given, key.read_bytes() if key.exists() else None, target.node_address)
    if whole == kept:
        return
    # The key first: one that does not fit the certificate is replaced, a certificate without its key cannot be used.
    if signer is not None:
        key.touch(mode=0o600)
        key.write_bytes(signer.pair.key)
    engine.run("config", "set", "--secret", SECRETS, given=json.dumps(whole), folder=engine.folder)
