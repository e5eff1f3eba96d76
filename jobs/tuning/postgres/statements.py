"""SQL on Optuna's tables (schema of Optuna 5.0, its tables version 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_COLUMNS = """
SELECT t.trial_id, t.number, t.state::text, t.datetime_start, t.datetime_complete,
 (SELECT json_agg(json_build_array(p.param_name, p.param_value, p.distribution_json) ORDER BY p.param_id)
  FROM trial_params p WHERE p.trial_id = t.trial_id),
 (SELECT json_agg(json_build_array(v.value, v.value_type) ORDER BY v.objective)
  FROM trial_values v WHERE v.trial_id = t.trial_id),
 (SELECT json_agg(json_build_array(a.key, a.value_json) ORDER BY a.trial_user_attribute_id)
  FROM trial_user_attributes a WHERE a.trial_id = t.trial_id),
 (SELECT json_agg(json_build_array(a.key, a.value_json) ORDER BY a.trial_system_attribute_id)
  FROM trial_system_attributes a WHERE a.trial_id = t.trial_id),
 (SELECT json_agg(json_build_array(i.step, i.intermediate_value, i.intermediate_value_type)
                  ORDER BY i.trial_intermediate_value_id)
  FROM trial_intermediate_values i WHERE i.trial_id = t.trial_id),
 t.study_id
FROM trials t
"""
ONE_TRIAL = _COLUMNS + "WHERE t.trial_id = %s"
# What a reader has not seen: newer trials, and those that were not finished when it last looked.
CHANGED_TRIALS = (
    _COLUMNS + "WHERE t.study_id = %s AND (t.trial_id > %s OR t.trial_id = ANY(%s::int[])) ORDER BY t.trial_id"
)

# Whoever numbers a trial waits here, Optuna's own storages too; so numbers and ids rise in the order of commits.
LOCK_STUDY = "SELECT study_id FROM studies WHERE study_id = %s FOR NO KEY UPDATE"
NEW_TRIAL = """
INSERT INTO trials (study_id, number, state, datetime_start, datetime_complete)
SELECT %s, next, %s::trialstate, %s, %s
FROM (SELECT coalesce(max(number), -1) + 1 AS next FROM trials WHERE study_id = %s) numbers WHERE next < %s
RETURNING trial_id, number
"""
HEARTBEAT = """
INSERT INTO trial_heartbeats (trial_id, heartbeat)
SELECT trial_id, now() FROM trials WHERE trial_id = %s AND state = 'RUNNING'
ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat
"""
SILENT_TRIALS = """
SELECT t.trial_id FROM trials t JOIN trial_heartbeats h USING (trial_id)
WHERE t.study_id = %s AND t.state = 'RUNNING' AND h.heartbeat < now()::timestamp - make_interval(secs => %s)
"""

_ALIVE = "state IN ('RUNNING', 'WAITING')"
_PARTS = {
    "heartbeat": """INSERT INTO trial_heartbeats (trial_id, heartbeat)
 SELECT trial_id, now() FROM held, unnest(%s::int[])
 ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat""",
    "params": """INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
 SELECT trial_id, a, b, c FROM held,
 unnest(%s::text[], %s::float8[], %s::text[]) WITH ORDINALITY u(a, b, c, place) ORDER BY place
 ON CONFLICT (trial_id, param_name) DO UPDATE
 SET param_value = excluded.param_value, distribution_json = excluded.distribution_json""",
    "values": """INSERT INTO trial_values (trial_id, objective, value, value_type)
 SELECT trial_id, a, b, c::trialvaluetype FROM held, unnest(%s::int[], %s::float8[], %s::text[]) u(a, b, c)
 ON CONFLICT (trial_id, objective) DO UPDATE SET value = excluded.value, value_type = excluded.value_type""",
    "user": """INSERT INTO trial_user_attributes (trial_id, key, value_json)
 SELECT trial_id, a, b FROM held, unnest(%s::text[], %s::text[]) WITH ORDINALITY u(a, b, place) ORDER BY place
 ON CONFLICT (trial_id, key) DO UPDATE SET value_json = excluded.value_json""",
    "system": """INSERT INTO trial_system_attributes (trial_id, key, value_json)
 SELECT trial_id, a, b FROM held, unnest(%s::text[], %s::text[]) WITH ORDINALITY u(a, b, place) ORDER BY place
 ON CONFLICT (trial_id, key) DO UPDATE SET value_json = excluded.value_json""",
    "steps": """INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
 SELECT trial_id, a, b, c::trialintermediatevaluetype
 FROM held, unnest(%s::int[], %s::float8[], %s::text[]) u(a, b, c)
 ON CONFLICT (trial_id, step) DO UPDATE
 SET intermediate_value = excluded.intermediate_value, intermediate_value_type = excluded.intermediate_value_type""",
}
Parts = Mapping[str, Sequence[Sequence[Any]]]


def write(held: str, parameters: Sequence[Any], parts: Parts) -> tuple[str, list[Any]]:
    """One statement that writes the parts of the trial that `held` finds, and gives its row; without one, nothing."""
    given = {name: columns for name, columns in parts.items() if columns[0]}
    texts = ", ".join([f"held AS ({held})", *(f"{name}_ AS ({_PARTS[name]})" for name in given)])
    return f"WITH {texts} SELECT * FROM held", [
        *parameters,
        *(list(column) for columns in given.values() for column in columns),
    ]


BY_ID = "SELECT trial_id FROM trials WHERE trial_id = %s"
IF_ALIVE = f"SELECT trial_id FROM trials WHERE trial_id = %s AND {_ALIVE} FOR NO KEY UPDATE"
FINISH = (
    f"UPDATE trials SET state = %s::trialstate, datetime_complete = %s "
    f"WHERE trial_id = %s AND {_ALIVE} RETURNING trial_id"
)
CLAIM = (
    "UPDATE trials SET state = 'RUNNING', datetime_start = %s WHERE trial_id = %s AND state = 'WAITING' "
    "RETURNING trial_id"
)

NEW_STUDY = "INSERT INTO studies (study_name) VALUES (%s) RETURNING study_id"
NEW_DIRECTIONS = """
INSERT INTO study_directions (study_id, objective, direction)
SELECT %s, place - 1, direction::studydirection FROM unnest(%s::text[]) WITH ORDINALITY u(direction, place)
"""
STUDIES = """
SELECT s.study_id, s.study_name,
 (SELECT json_agg(d.direction ORDER BY d.objective) FROM study_directions d WHERE d.study_id = s.study_id),
 (SELECT json_agg(json_build_array(a.key, a.value_json)) FROM study_user_attributes a WHERE a.study_id = s.study_id),
 (SELECT json_agg(json_build_array(a.key, a.value_json)) FROM study_system_attributes a WHERE a.study_id = s.study_id)
FROM studies s
"""
STUDY_ATTRIBUTE = """
INSERT INTO study_{kind}_attributes (study_id, key, value_json) SELECT study_id, %s, %s FROM studies WHERE study_id = %s
ON CONFLICT (study_id, key) DO UPDATE SET value_json = excluded.value_json RETURNING study_id
"""
_OF_TRIALS = (
    "trial_params", "trial_values", "trial_intermediate_values", "trial_user_attributes", "trial_system_attributes",
    "trial_heartbeats",
)  # fmt: skip
_OF_STUDY = ("trials", "study_directions", "study_user_attributes", "study_system_attributes", "studies")
DELETE_STUDY = (
    *(
        f"DELETE FROM {table} WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = %s)"
        for table in _OF_TRIALS
    ),
    *(f"DELETE FROM {table} WHERE study_id = %s" for table in _OF_STUDY),
)
