from __future__ import annotations

import sys
from pathlib import Path

from tests.jobs.support import ROOT, connecting_client, example_words, running


def test_the_example_serves_mlflow_from_a_folder_and_says_where_the_audit_trail_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jobs", *example_words("tracking serve")]
    env = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with running(*command, env=env) as process, connecting_client("http://127.0.0.1:5000") as client:
        process.wait_for(f"export MLOPS_AUDIT={tmp_path}/mlflow/audit")
        assert client.get("/health").text == "OK"
    assert (tmp_path / "mlflow" / "mlflow.db").exists()
