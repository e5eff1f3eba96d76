"""`python -m tests.jobs.upgrade.old` writes what an older MLflow leaves in PostgreSQL: mlflow-*.sql beside this file.

That MLflow comes from PyPI into an environment that is thrown away; it makes both databases and fills them itself.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import postgres

VERSION = "3.1.4"
HERE = Path(__file__).parent
DUMPS = {name: HERE / f"{name}-{VERSION}.sql" for name in ("mlflow", "mlflow_auth")}
RUNS = 12

FILL = f"""
import sys
import mlflow
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

assert mlflow.__version__ == "{VERSION}"
tracking, auth = sys.argv[1:]
mlflow.set_tracking_uri(tracking)
client = mlflow.MlflowClient()
experiment = client.create_experiment("churn", artifact_location="s3://mlflow-artifacts/1", tags={{"team": "ml"}})
for number in range({RUNS}):
    run = client.create_run(experiment, run_name=f"run {{number}}", tags={{"number": str(number)}})
    for step in range(5):
        client.log_metric(run.info.run_id, "auc", step / 7 + number, step=step, timestamp=1700000000000 + step)
    client.log_metric(run.info.run_id, "lost", float("nan"), timestamp=1700000000000)
    client.log_param(run.info.run_id, "odd", "a\\tb\\nc\\\\ 'd' " + "x" * 50 * number)
    client.set_terminated(run.info.run_id, "FINISHED", end_time=1700000001000)
client.delete_run(run.info.run_id)
client.create_registered_model("churn-classifier", tags={{"owner": "ml"}}, description="who leaves")
for number in (1, 2):
    client.create_model_version("churn-classifier", f"s3://mlflow-artifacts/1/m-{{number}}", run.info.run_id)
client.set_registered_model_alias("churn-classifier", "champion", "1")
client.set_model_version_tag("churn-classifier", "1", "note", "the first")
store = SqlAlchemyStore()
store.init_db(auth)
store.create_user("admin", "of-a-test-only", is_admin=True)
store.create_user("training", "of-a-test-only")
store.create_experiment_permission(experiment, "training", "EDIT")
"""


def main() -> None:
    uv = str(Path(sys.executable).parent / "uv")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # PostgreSQL runs as nobody.
        folder.chmod(0o755)
        programs = postgres.programs(folder / "programs")
        assert programs, "the image of PostgreSQL is not in the cache: `make cluster`"
        python = folder / "venv" / "bin" / "python"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
        wanted = (f"mlflow=={VERSION}", "sqlalchemy<2.1", "psycopg2-binary", "Flask-WTF")
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *wanted], check=True)
        with postgres.server(programs, folder / "postgres") as server:
            for base in DUMPS:
                server.ask(f"CREATE ROLE {base} LOGIN")
                server.ask(f"CREATE DATABASE {base} OWNER {base}")
            uris = [f"postgresql://{base}@127.0.0.1:{server.port}/{base}" for base in DUMPS]
            # The default experiment has the address of the folder.
            subprocess.run([str(python), "-c", FILL, *uris], check=True, cwd="/")
            for base, file in DUMPS.items():
                file.write_text(_dump(programs, server.port, base))


def _dump(programs: Path, port: int, base: str) -> str:
    """Plain SQL; without psql's own commands and what is another in each dump."""
    options = (
        "--no-owner",
        "--no-privileges",
        "--inserts",
        "--host=127.0.0.1",
        f"--port={port}",
        "--username=postgres",
    )
    done = subprocess.run([str(programs / "pg_dump"), *options, base], check=True, capture_output=True, text=True)
    lines = (
        line
        for line in done.stdout.splitlines()
        if line and not line.startswith(("--", "\\", "SELECT pg_catalog.set_config('search_path'"))
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
