"""A real S3 store for tests: versitygw out of the toolchain's cache, on the loopback interface, without a container."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.cache import cache_root
from local.cluster.pki import Authority
from local.cluster.wait import until
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.jobs.support import free_port

# Before a test changes the environment.
CACHE = cache_root()
REGION = "us-east-1"


@dataclass(frozen=True)
class Server:
    """A store's address and root account; `folder` holds `objects` and `versions`."""

    folder: Path
    scheme: str = "http"
    port: int = field(default_factory=free_port)
    root: tuple[str, str] = field(default_factory=lambda: (secrets.token_hex(16), secrets.token_hex(16)))

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the stack gives to a Job that is root."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "MLFLOW_S3_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.root[0],
            "AWS_SECRET_ACCESS_KEY": self.root[1],
        }

    def client(self, account: str = "", secret_key: str = "", verify: str | None = None) -> Any:
        """Root by default."""
        access, secret = (account, secret_key) if account else self.root
        return boto3.client(
            "s3", endpoint_url=self.url, region_name=REGION, aws_access_key_id=access, aws_secret_access_key=secret,
            verify=verify, config=Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=30
            ),
        )  # fmt: skip

    def make(self, buckets: Sequence[str]) -> None:
        """Versioned buckets, as the stack's are."""
        s3 = self.client()
        for bucket in buckets:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def empty(self, buckets: Sequence[str]) -> None:
        """The buckets as `make` made them. While nobody uses them: it removes the server's files."""
        for part in ("objects", "versions"):
            for bucket in buckets:
                folder = self.folder / part / bucket
                for path in folder.iterdir() if folder.exists() else ():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def running(server: Server, *options: str, reloading: Path | None = None) -> Iterator[None]:
    """The store as the stack starts it, with more of its options; told when the file `reloading` has changed."""
    programs = build_toolchain(CACHE, Progress(), ("versitygw", *(("reloader",) if reloading else ())))
    told = (str(programs / "reloader"), str(reloading)) if reloading else ()
    for name in ("objects", "versions"):
        (server.folder / name).mkdir(parents=True, exist_ok=True)
    command = [
        *told, str(programs / "versitygw"), "--port", f"127.0.0.1:{server.port}", "--region", REGION,
        "--health", "/health", "--quiet", *options,
        "posix", "--versioning-dir", str(server.folder / "versions"), str(server.folder / "objects"),
    ]  # fmt: skip
    environment = {"ROOT_ACCESS_KEY": server.root[0], "ROOT_SECRET_KEY": server.root[1], "PATH": "/usr/bin:/bin"}
    with (server.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        until("the store to answer", lambda: _answers(server.port), seconds=30)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tls(folder: Path) -> tuple[str, ...]:
    """Options of a store that is reached over TLS; the certificate's authority is at `folder/ca.crt`."""
    authority = Authority.create("test")
    pair = authority.issue("store", hosts=["127.0.0.1"])
    files = {"ca.crt": authority.pair.certificate, "tls.crt": pair.certificate, "tls.key": pair.key}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return "--cert", str(folder / "tls.crt"), "--key", str(folder / "tls.key")


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
