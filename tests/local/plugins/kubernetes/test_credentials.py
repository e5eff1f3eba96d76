"""How a kubeconfig's user proves who it is, the login commands of EKS above all."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.plugins.errors import PluginError
from local.plugins.kubernetes.credentials import Credentials
from local.plugins.kubernetes.kubeconfig import read_access

V1 = "client.authentication.k8s.io/v1"
# Counts its runs in a file and puts the count, a variable and the asked version into the token.
LOGIN = """
import json, os, pathlib, sys, time
runs = pathlib.Path(sys.argv[1])
number = len(runs.read_text()) + 1 if runs.exists() else 1
time.sleep(0.05)
runs.write_text("x" * number)
asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
token = f"{number}-{os.environ['WHO']}-{asked['apiVersion'].rpartition('/')[2]}-{asked['spec']['interactive']}"
print(json.dumps({**asked, "status": {"token": token, "expirationTimestamp": sys.argv[2] or None}}))
"""


def login(tmp_path: Path, *, expires: str = "", api: str = V1, **more: Any) -> dict[str, Any]:
    arguments = ["-c", LOGIN, str(tmp_path / "runs"), expires]
    pair = {"name": "WHO", "value": "me"}
    return {"exec": {"apiVersion": api, "command": sys.executable, "args": arguments, "env": [pair], **more}}


def bearer(credentials: Credentials) -> str:
    return credentials.header()["Authorization"].removeprefix("Bearer ")


def after(**time: int) -> str:
    return (datetime.now(UTC) + timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_login_command_gets_its_variables_and_the_version_it_is_asked_for(tmp_path: Path, version: str) -> None:
    user = login(tmp_path, api=f"client.authentication.k8s.io/{version}")
    assert bearer(Credentials(user)) == f"1-me-{version}-False"


@pytest.mark.parametrize("lifetime", [{}, {"minutes": 14}], ids=["without an end", "14 minutes"])
def test_a_token_is_used_until_it_ends_and_many_threads_share_one_login(
    tmp_path: Path, lifetime: dict[str, int]
) -> None:
    credentials = Credentials(login(tmp_path, expires=after(**lifetime) if lifetime else ""))
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: bearer(credentials), range(16)))
    assert tokens == {"1-me-v1-False"}


def test_a_token_about_to_end_is_renewed_before_it_does(tmp_path: Path) -> None:
    credentials = Credentials(login(tmp_path, expires=after(seconds=30)))
    assert [bearer(credentials), bearer(credentials)] == ["1-me-v1-False", "2-me-v1-False"]


def test_a_refused_token_is_renewed_once_though_several_requests_carried_it(tmp_path: Path) -> None:
    credentials = Credentials(login(tmp_path))
    refused = credentials.header()
    assert credentials.renew(refused)
    assert bearer(credentials) == "2-me-v1-False"
    assert credentials.renew(refused)
    assert bearer(credentials) == "2-me-v1-False"


def test_without_a_login_command_there_is_no_other_token() -> None:
    credentials = Credentials({"token": "fixed"})
    assert not credentials.renew(credentials.header())


def test_a_missing_command_is_one_line_with_what_to_install() -> None:
    plugin = {"apiVersion": V1, "command": "no-such-program", "installHint": "apt-get install awscli"}
    with pytest.raises(PluginError) as raised:
        Credentials({"exec": plugin}).header()
    assert str(raised.value) == (
        "The kubeconfig's login command 'no-such-program' is not on this machine: apt-get install awscli."
    )


def test_a_command_that_fails_is_told_in_its_own_words() -> None:
    plugin = {"apiVersion": V1, "command": sys.executable, "args": ["-c", "raise SystemExit('no region')"]}
    with pytest.raises(PluginError, match="no region"):
        Credentials({"exec": plugin}).header()


@pytest.mark.parametrize("printed", ["", "sesame", "[]", '{"status": {"clientKeyData": "sesame"}}'])
def test_an_answer_without_a_token_is_refused_and_not_repeated(printed: str) -> None:
    plugin = {"apiVersion": V1, "command": sys.executable, "args": ["-c", f"print({printed!r})"]}
    with pytest.raises(PluginError, match="printed no ExecCredential with a token") as raised:
        Credentials({"exec": plugin}).header()
    assert "sesame" not in str(raised.value)


def test_a_version_that_nobody_serves_is_refused() -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "aws"}
    with pytest.raises(PluginError, match=r"allowed: client\.authentication\.k8s\.io/v1, "):
        Credentials({"exec": plugin}).header()


@pytest.mark.parametrize("indent", [None, 1])
def test_a_kubeconfig_may_be_given_as_its_content(tmp_path: Path, indent: int | None) -> None:
    server = {"server": "https://10.0.0.1:6443", "certificate-authority-data": "eA=="}
    content = json.dumps({
        "current-context": "eks",
        "clusters": [{"name": "c", "cluster": server}],
        "users": [{"name": "u", "user": login(tmp_path)}],
        "contexts": [{"name": "eks", "context": {"cluster": "c", "user": "u"}}],
    }, indent=indent)  # fmt: skip
    access = read_access(content, None, None)
    assert (access.server, access.authority) == ("https://10.0.0.1:6443", "x")
    assert bearer(Credentials(access.user)) == "1-me-v1-False"
