"""What our storage promises beyond Optuna's contract."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.samplers import RandomSampler
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import StudyDirection
from optuna.trial import TrialState
from sqlalchemy.pool import NullPool

from jobs.errors import UnreachableError
from jobs.tuning.address import studies_url
from jobs.tuning.postgres.connection import Session
from jobs.tuning.postgres.schema import alchemy
from jobs.tuning.postgres.storage import NoTrialsLeft, PostgresStorage
from jobs.tuning.studies import silence
from local.cluster.wait import until
from tests.jobs.support import free_port
from tests.support.postgres import Server

UNIT = FloatDistribution(0.0, 1.0)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    silence()


@pytest.fixture
def another(url: str) -> Iterator[Callable[..., PostgresStorage]]:
    """Opens storages as other processes would."""
    opened: list[PostgresStorage] = []

    def open_one(**options: Any) -> PostgresStorage:
        opened.append(PostgresStorage(url, **options))
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


def new_study(storage: PostgresStorage) -> int:
    return storage.create_new_study([StudyDirection.MINIMIZE], "s")


def objective(trial: optuna.Trial) -> float:
    return sum(trial.suggest_float(f"x{place}", -1, 1) ** 2 for place in range(5))


def statements(server: Server) -> list[str]:
    return re.findall(r"LOG:  (?:execute [^:]*|statement): (.*)", server.log)


def test_a_trial_costs_seven_statements_and_its_end_alone_waits_for_the_disk(
    storage: PostgresStorage, studies: Server
) -> None:
    study = optuna.create_study(storage=storage, sampler=RandomSampler(seed=1))
    before = len(statements(studies))
    study.optimize(objective, n_trials=20)
    sent = statements(studies)[before:]
    assert len(sent) <= 20 * 7 + 5  # and one look for silent trials
    begun = 0
    for text in sent:
        begun = begun + 1 if text.startswith("BEGIN") else begun
        if "UPDATE trials SET state" in text:
            assert sent[sent.index(text) - 1] != "SET LOCAL synchronous_commit = off"
    assert sent.count("SET LOCAL synchronous_commit = off") == begun == 20
    assert sum("WITH held AS (UPDATE trials" in text for text in sent) == 20


def test_what_is_finished_is_the_same_for_optunas_own_storage(storage: PostgresStorage, url: str) -> None:
    study = optuna.create_study(study_name="both", storage=storage, sampler=RandomSampler(seed=1))
    study.optimize(objective, n_trials=3)
    optunas = RDBStorage(alchemy(url), engine_kwargs={"poolclass": NullPool})
    theirs = optuna.load_study(study_name="both", storage=optunas, sampler=RandomSampler(seed=2))
    assert theirs.trials == study.trials
    theirs.optimize(objective, n_trials=2)
    study.optimize(objective, n_trials=1)
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3, 4, 5]
    assert study.trials == theirs.trials


def test_numbers_have_no_gaps_and_no_twins_however_many_begin_at_once(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study = new_study(storage)
    storages = [another() for _ in range(4)]
    start = threading.Barrier(4)

    def begin(one: PostgresStorage) -> list[int]:
        start.wait()
        return [one.get_trial(one.create_new_trial(study)).number for _ in range(25)]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(begin, storages) for number in found]
    assert sorted(numbers) == list(range(100))
    assert [trial.number for trial in storage.get_all_trials(study)] == list(range(100))


def test_a_waiting_trial_is_claimed_by_one_of_many(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study = new_study(storage)
    trial = storage.create_new_trial(study, optuna.trial.create_trial(state=TrialState.WAITING))
    storages = [another() for _ in range(4)]
    for one in storages:
        assert [waiting._trial_id for waiting in one.get_all_trials(study, states=(TrialState.WAITING,))] == [trial]
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda one: one.set_trial_state_values(trial, TrialState.RUNNING), storages))
    assert sorted(claims) == [False, False, False, True]


def test_no_more_trials_begin_than_the_limit_says_also_when_several_ask(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study = new_study(storage)
    storages = [another() for _ in range(3)]

    def begin_all(one: PostgresStorage) -> int:
        one.limit(study, 10)
        for begun in range(100):
            try:
                one.create_new_trial(study)
            except NoTrialsLeft:
                return begun
        return 100

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(begin_all, storages)) == 10


def test_a_trial_that_runs_longer_is_seen_by_others_before_its_end(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    other = another()
    assert other.get_trial(trial).params == {}
    storage.set_trial_param(trial, "x", 0.5, UNIT)
    storage.set_trial_intermediate_value(trial, 1, float("nan"))
    storage.set_trial_user_attr(trial, "why", {"a": [1, None]})
    until("all of it to be seen", lambda: other.get_trial(trial).user_attrs)
    seen = other.get_trial(trial)
    assert seen.params == {"x": 0.5}
    assert list(seen.intermediate_values) == [1]
    assert seen.user_attrs == {"why": {"a": [1, None]}}
    assert seen.state is TrialState.RUNNING


def test_threads_of_one_process_share_a_storage(storage: PostgresStorage) -> None:
    study = optuna.create_study(storage=storage, sampler=RandomSampler(seed=1))
    study.optimize(objective, n_trials=20, n_jobs=3)
    assert [(trial.number, trial.state.name) for trial in study.trials] == [(n, "COMPLETE") for n in range(20)]
    assert all(len(trial.params) == 5 for trial in study.trials)


def test_after_its_own_trial_a_worker_sees_what_others_finished_meanwhile(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study, other = new_study(storage), another()
    theirs = other.create_new_trial(study)
    storage.get_all_trials(study, deepcopy=False, states=(TrialState.WAITING,))
    ours = storage.create_new_trial(study)
    other.set_trial_state_values(theirs, TrialState.COMPLETE, [1.0])
    storage.set_trial_state_values(ours, TrialState.COMPLETE, [2.0])
    assert [trial.value for trial in storage.get_all_trials(study, deepcopy=False)] == [1.0, 2.0]


def test_a_trial_that_others_gave_up_cannot_be_finished_by_its_owner(
    storage: PostgresStorage, another: Callable[..., PostgresStorage]
) -> None:
    study = new_study(storage)
    trial = storage.create_new_trial(study)
    assert another().set_trial_state_values(trial, TrialState.FAIL)
    storage.set_trial_param(trial, "x", 0.5, UNIT)
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_state_values(trial, TrialState.COMPLETE, [1.0])
    assert storage.get_trial(trial).state is TrialState.FAIL
    assert another().get_trial(trial).values is None


def test_a_silent_trial_is_begun_again_with_its_parameters_and_a_lively_one_is_not(
    storage: PostgresStorage, another: Callable[..., PostgresStorage], studies: Server
) -> None:
    study_id = new_study(storage)
    dead, alive = storage.create_new_trial(study_id), storage.create_new_trial(study_id)
    storage.set_trial_param(dead, "x", 0.25, UNIT)
    storage.flush()
    studies.ask(f"UPDATE trial_heartbeats SET heartbeat = heartbeat - interval '1 hour' WHERE trial_id = {dead}")
    other = another(grace_period=60, silent_trial=RetryHeartbeatStaleTrialCallback(max_retry=1))
    study = optuna.load_study(study_name="s", storage=other, sampler=RandomSampler(seed=1))
    study.optimize(lambda trial: trial.suggest_float("x", 0.0, 1.0), n_trials=1)
    trials = other.get_all_trials(study_id)
    assert [trial.state.name for trial in trials] == ["FAIL", "RUNNING", "COMPLETE"]
    assert trials[2].params == {"x": 0.25}
    assert trials[2].system_attrs["failed_trial"] == 0
    assert trials[1]._trial_id == alive


def test_a_connection_that_breaks_is_made_again_and_nothing_is_lost(storage: PostgresStorage, studies: Server) -> None:
    def cut() -> None:
        studies.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    study = new_study(storage)
    cut()
    trial = storage.create_new_trial(study)
    storage.set_trial_param(trial, "x", 0.5, UNIT)
    cut()
    assert storage.set_trial_state_values(trial, TrialState.COMPLETE, [2.0])
    row = studies.ask(
        "SELECT state, value, param_value FROM trials NATURAL JOIN trial_values NATURAL JOIN trial_params"
    )
    assert row == [("COMPLETE", 2.0, 0.5)]


def test_an_end_that_is_sent_twice_because_its_answer_was_lost_is_one_end(
    storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = storage.create_new_trial(new_study(storage))
    run = storage._connection.run

    def twice(work: Callable[[Session], Any]) -> Any:
        run(work)
        return run(work)

    monkeypatch.setattr(storage._connection, "run", twice)
    assert storage.set_trial_state_values(trial, TrialState.COMPLETE, [2.0])
    assert storage.get_trial(trial).values == [2.0]


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(UnreachableError, match="PostgreSQL does not answer"):
        PostgresStorage(f"postgresql://postgres@127.0.0.1:{free_port()}/studies")


def test_any_number_of_workers_may_open_an_empty_database(studies: Server) -> None:
    studies.ask("CREATE DATABASE empty")
    url = f"postgresql://postgres@127.0.0.1:{studies.port}/empty"
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: PostgresStorage(url), range(4)))
    assert [storage.get_all_studies() for storage in opened] == [[], [], [], []]
    for storage in opened:
        storage.close()
    studies.ask("DROP DATABASE empty")


@pytest.mark.usefixtures("rds")
def test_a_password_is_a_token_where_the_database_asks_for_one(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ask("CREATE ROLE optuna LOGIN")
    postgres.ask("CREATE DATABASE studies OWNER optuna")
    monkeypatch.setenv("PGUSER", "optuna")
    storage = PostgresStorage(studies_url())
    assert storage.get_trial(storage.create_new_trial(new_study(storage))).number == 0
    storage.close()
    assert postgres.ask("SELECT count(*) FROM trials", database="studies") == [(1,)]
