"""Claims about the platform's MLflow users, on a real auth database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.tracking.users import USERS, User, ensure


@pytest.fixture
def store(tmp_path: Path) -> Any:
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    made: Any = SqlAlchemyStore()
    made.init_db(f"sqlite:///{tmp_path / 'auth.db'}")
    return made


def test_a_user_is_made_once_and_then_left_alone(store: Any) -> None:
    user = User("training", grants={"experiment": "EDIT"})
    assert ensure(store, user, "first-password") == "created"
    assert ensure(store, user, "first-password") == "unchanged"


def test_a_new_password_takes_effect_and_the_old_one_ends(store: Any) -> None:
    user = User("serving")
    ensure(store, user, "first-password")
    assert ensure(store, user, "second-password") == "updated"
    assert store.authenticate_user("serving", "second-password")
    assert not store.authenticate_user("serving", "first-password")


def test_the_administrator_is_one_again_after_losing_it(store: Any) -> None:
    admin = User("admin", admin=True)
    ensure(store, admin, "first-password")
    store.update_user("admin", is_admin=False)
    assert ensure(store, admin, "first-password") == "updated"
    assert store.get_user("admin").is_admin is True


def test_training_may_edit_and_serving_has_no_grant_at_all() -> None:
    by_name = {user.name: user for user in USERS}
    assert dict(by_name["training"].grants) == {"experiment": "EDIT", "registered_model": "EDIT"}
    assert dict(by_name["serving"].grants) == {}
    assert [user.name for user in USERS if user.admin] == ["admin"]
