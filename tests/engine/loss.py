"""The loss of all data of an AWS stack, and its way back, by the settings of the stack's own CronJob `backup`.

Buckets are those of the stack at the emulators. A PostgreSQL of this machine stands for RDS, of which they have no more
than the name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs.backup.seal import new_key
from jobs.maintenance.database import Server
from local.aws.driven import Driven
from tests.jobs.recovery import DATABASES, OWNERS
from tests.repository.documents import ROOT
from tests.support import postgres as postgresql

PURPOSES = ("ARTIFACTS", "FEATURES", "AUDIT")
ROWS, OBJECTS = 5000, 20
# No superuser: RDS gives nobody such a role.
MASTER = "master"
# Of the CronJob's variables: which buckets, and who logs in how.
TAKEN = ("AWS_DEFAULT_REGION", "MLOPS_BACKUPS_BUCKET", "MLOPS_DATABASE_LOGIN", "PGUSER")


@dataclass(frozen=True)
class Loss:
    """`keep` what goes with the stack, in `folder`; `bring_back` into what is provisioned anew."""

    driven: Driven
    folder: Path

    def keep(self) -> None:
        """Rows and objects, what they are, and a set of them that lies elsewhere."""
        (self.folder / "key").write_text(f"{self._keys[0]}\n")
        with postgresql.server(self._programs, self.folder / "lost") as server:
            settings = self._opened(self._settings(server))
            _roles(server, settings["PGUSER"])
            for database in DATABASES:
                _rows(server, database)
            s3 = self.driven.trial.client("s3")
            for purpose in PURPOSES:
                for number in range(OBJECTS):
                    key, body = f"1/{number}", f"{purpose} {number} ".encode() * (number * 500 + 1)
                    s3.put_object(Bucket=settings[f"MLOPS_{purpose}_BUCKET"], Key=key, Body=body)
            self._mlops(settings, "dr", "inventory", "before.json")
            self._mlops(settings, "backup", "run")
            (self.folder / "elsewhere" / "sets").mkdir(parents=True)
            self._mlops(settings, "backup", "copy", "elsewhere")
            self._emptied(settings)

    def bring_back(self) -> str:
        """What a comparison of every table and object says."""
        with postgresql.server(self._programs, self.folder / "anew") as server:
            settings = self._opened(self._settings(server))
            _roles(server, settings["PGUSER"])
            master = settings | {"PGUSER": MASTER, "MLOPS_DATABASE_LOGIN": "password"}
            (one,) = json.loads(self._mlops(master, "backup", "list", "--place", "elsewhere", "--json"))
            self._mlops(master, "restore", "--set", one["set"], "--place", "elsewhere", "--identity", "key")
            self._mlops(master, "dr", "inventory", "after.json")
            compared = self._mlops(master, "dr", "compare", "before.json", "after.json")
            self._emptied(settings)
            return compared

    @cached_property
    def _keys(self) -> tuple[str, str]:
        return new_key()

    @cached_property
    def _programs(self) -> Path:
        # PostgreSQL runs as nobody.
        self.folder.chmod(0o755)
        found = postgresql.programs(self.folder / "programs")
        assert found, "the image of PostgreSQL is not in the cache: `make cluster`"
        return found

    def _settings(self, server: postgresql.Server) -> dict[str, str]:
        (job,) = [
            one
            for one in self.driven.resources()
            if one["type"] == "kubernetes:batch/v1:CronJob" and one["urn"].endswith("::backup-cron")
        ]
        pod = job["inputs"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        given: dict[str, Any] = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
        wanted = (*TAKEN, *(f"MLOPS_{purpose}_BUCKET" for purpose in PURPOSES))
        return {
            **{name: str(given[name]) for name in wanted},
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "MLOPS_BACKUP_RECIPIENTS": self._keys[1],
        }

    def _opened(self, settings: dict[str, str]) -> dict[str, str]:
        """Without policies of buckets: moto takes each Deny, as of requests without TLS, for one of every request."""
        for name, bucket in settings.items():
            if name.endswith("_BUCKET"):
                self.driven.trial.client("s3").delete_bucket_policy(Bucket=bucket)
        return settings

    def _emptied(self, settings: Mapping[str, str]) -> None:
        """Every version of every object is gone: moto takes the lock off empty buckets only, AWS off any."""
        s3 = self.driven.trial.client("s3")
        for bucket in (value for name, value in settings.items() if name.endswith("_BUCKET")):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                if objects := [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]:
                    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects}, BypassGovernanceRetention=True)
                    assert not gone.get("Errors"), gone["Errors"]

    def _mlops(self, settings: Mapping[str, str], *arguments: str) -> str:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PG", "MLOPS_", "MLFLOW_"))
        }
        environment = {
            **inherited, **self.driven.trial.aws, **settings, "MLOPS_CACHE": str(self.folder / "none"),
            "PATH": f"{self._programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "jobs", *arguments], env=environment, cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"mlops {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout


def _roles(server: postgresql.Server, backup: str) -> None:
    """As the stack's Job makes them."""
    server.ask(f"CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB")
    server.ask(f"GRANT pg_read_all_data TO {MASTER} WITH ADMIN OPTION")
    with server.connect(MASTER) as connection:
        made = Server(connection)
        for role in (*OWNERS.values(), backup):
            made.ensure_role(role, None)
        made.give(backup, "pg_read_all_data")


def _rows(server: postgresql.Server, database: str) -> None:
    owner = OWNERS[database]
    server.ask(f"CREATE DATABASE {database} OWNER {owner}")
    for statement in (
        "CREATE TABLE points (id serial PRIMARY KEY, run text NOT NULL, value float8)",
        f"INSERT INTO points (run, value) SELECT md5(i::text), i / 7.0 FROM generate_series(1, {ROWS}) i",
    ):
        server.ask(statement, user=owner, database=database)
