"""Studies: names, directions, attributes. Rare operations, each at once in the database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy

from jobs.tuning.postgres import rows, statements
from jobs.tuning.postgres.connection import Connection, Session

NO_STUDY = "Record does not exist."
DIRECTIONS = {direction.name: direction for direction in StudyDirection}


class Studies(BaseStorage):
    """The part of Optuna's storage that is about studies."""

    _connection: Connection
    # Neither changes as long as the study exists.
    _directions: dict[int, list[StudyDirection]]
    _names: dict[int, str]

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        name = f"no-name-{uuid.uuid4()}" if study_name is None else study_name

        def create(session: Session) -> int:
            with session.transaction():
                row = session.execute(statements.NEW_STUDY, (name,)).fetchone()
                assert row
                session.execute(statements.NEW_DIRECTIONS, (row[0], [direction.name for direction in directions]))
            return int(row[0])

        try:
            return self._connection.run(create)
        except psycopg.errors.UniqueViolation:
            raise DuplicatedStudyError(f"Another study with name '{name}' already exists.") from None

    def delete_study(self, study_id: int) -> None:
        def delete(session: Session) -> int:
            with session.transaction():
                return [session.execute(text, (study_id,)).rowcount for text in statements.DELETE_STUDY][-1]

        if not self._connection.run(delete):
            raise KeyError(NO_STUDY)
        self._forget(study_id)

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set(study_id, "user", key, value)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set(study_id, "system", key, value)

    def get_study_id_from_name(self, study_name: str) -> int:
        return self._one("WHERE s.study_name = %s", study_name)._study_id

    def get_study_name_from_id(self, study_id: int) -> str:
        if study_id not in self._names:
            self._one("WHERE s.study_id = %s", study_id)
        return self._names[study_id]

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        if study_id not in self._directions:
            self._one("WHERE s.study_id = %s", study_id)
        return self._directions[study_id]

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        return self._one("WHERE s.study_id = %s", study_id).user_attrs

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        return self._one("WHERE s.study_id = %s", study_id).system_attrs

    def get_all_studies(self) -> list[FrozenStudy]:
        return self._studies("ORDER BY s.study_id")

    def _forget(self, study_id: int) -> None:
        self._directions.pop(study_id, None)
        self._names.pop(study_id, None)

    def _set(self, study_id: int, kind: str, key: str, value: Any) -> None:
        text: Any = statements.STUDY_ATTRIBUTE.format(kind=kind)
        parameters = (key, json.dumps(value), study_id)
        if self._connection.run(lambda session: session.execute(text, parameters).fetchone()) is None:
            raise KeyError(NO_STUDY)

    def _one(self, where: str, value: object) -> FrozenStudy:
        found = self._studies(where, value)
        if not found:
            raise KeyError(NO_STUDY)
        return found[0]

    def _studies(self, where: str, *values: object) -> list[FrozenStudy]:
        text: Any = statements.STUDIES + where
        answer = self._connection.run(lambda session: session.execute(text, values).fetchall())
        studies = [
            FrozenStudy(
                study_name=name,
                direction=None,
                directions=[DIRECTIONS[direction] for direction in directions],
                user_attrs=rows.attributes(user),
                system_attrs=rows.attributes(system),
                study_id=study_id,
            )
            for study_id, name, directions, user, system in answer
        ]
        for study in studies:
            self._names[study._study_id] = study.study_name
            self._directions[study._study_id] = study.directions
        return studies
