from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.retraining.recipe import MODEL, Customers
from tests.jobs.support import mlops


@pytest.fixture(scope="package")
def first_version(mlflow_server: str, audit_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Customers:
    """Version 1, trained on 1,500 customers."""
    customers = Customers(tmp_path_factory.mktemp("customers"))
    customers.append(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
        patch.setenv("MLOPS_AUDIT", str(audit_folder))
        for command in (("train", "run", str(customers.experiment())), ("models", "register", MODEL)):
            done = mlops(*command)
            assert done.code == 0, done.err
    return customers
