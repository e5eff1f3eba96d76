"""Claims about which texts lead to another bucket afterwards."""

from __future__ import annotations

import json

from jobs.restore.addresses import rewrite
from tests.support import postgres as postgresql

OLD, NEW = "mlflow-artifacts", "scratch-mlflow-artifacts"


def test_addresses_lead_to_the_new_bucket_also_inside_of_json_and_nothing_else_is_changed(
    recovery_server: postgresql.Server,
) -> None:
    def source(bucket: str) -> str:
        return json.dumps({"uri": f"s3://{bucket}/a.parquet", "more": json.dumps([f"s3://{bucket}/b"])})

    moved = {text(OLD): text(NEW) for text in (source, lambda name: f"s3://{name}/1", lambda name: f"s3://{name}")}
    same = ["s3://mlflow-artifacts-2/1", '{"uri": "s3://mlflowXartifacts/1"}', "read from s3://mlflow-artifacts/1", ""]
    with recovery_server.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE TABLE inputs (number serial, dataset_source text)")
        for text in (*moved, *same):
            connection.execute("INSERT INTO inputs (dataset_source) VALUES (%s)", [text])
        assert rewrite(connection, {OLD: NEW, "audit": "scratch-audit"}) == len(moved)
        found = connection.execute("SELECT dataset_source FROM inputs ORDER BY number").fetchall()
    assert [text for (text,) in found] == [*moved.values(), *same]
