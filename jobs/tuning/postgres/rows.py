"""Between rows of Optuna's tables and its trials."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution
from optuna.trial import FrozenTrial, TrialState

STATES = {state.name: state for state in TrialState}
# Columns of a float that PostgreSQL and JSON can both hold, and a word for the others.
_WORDS = {math.inf: "INF_POS", -math.inf: "INF_NEG"}
_NUMBERS = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}

distribution = lru_cache(maxsize=4096)(json_to_distribution)


def stored(value: float) -> tuple[float | None, str]:
    """A float → its number or None, and its kind."""
    if math.isnan(value):
        return None, "NAN"
    word = _WORDS.get(value)
    return (None, word) if word else (float(value), "FINITE")


def read(value: float | None, kind: str) -> float:
    """The float that `stored` took."""
    return float(value) if value is not None else _NUMBERS[kind]


def utc(local: datetime | None) -> datetime | None:
    """Optuna's trials have local times; its tables have UTC, both without saying so."""
    return None if local is None else local.astimezone(UTC).replace(tzinfo=None)


def local(stored_utc: datetime | None) -> datetime | None:
    return None if stored_utc is None else stored_utc.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def trial(row: Sequence[Any]) -> FrozenTrial:
    """One row of `statements.TRIALS`."""
    trial_id, number, state, start, complete, params, values, user, system, intermediate = row
    chosen: dict[str, BaseDistribution] = {name: distribution(text) for name, _value, text in params or ()}
    return FrozenTrial(
        number=number,
        state=STATES[state],
        value=None,
        values=[read(value, kind) for value, kind in values] if values else None,
        datetime_start=local(start),
        datetime_complete=local(complete),
        params={name: chosen[name].to_external_repr(float(value)) for name, value, _text in params or ()},
        distributions=chosen,
        user_attrs=attributes(user),
        system_attrs=attributes(system),
        intermediate_values={step: read(value, kind) for step, value, kind in intermediate or ()},
        trial_id=trial_id,
    )


def attributes(pairs: Iterable[Sequence[str]] | None) -> dict[str, Any]:
    return {key: json.loads(text) for key, text in pairs or ()}


def attribute_columns(values: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Keys and their values as JSON."""
    return list(values), [json.dumps(value) for value in values.values()]


def param_columns(
    params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]
) -> tuple[list[str], list[float], list[str]]:
    """Names, internal values and distributions of chosen parameters."""
    return (
        list(params),
        [float(distributions[name].to_internal_repr(value)) for name, value in params.items()],
        [distribution_to_json(distributions[name]) for name in params],
    )


def value_columns(values: Sequence[float]) -> tuple[list[int], list[float | None], list[str]]:
    """Objectives, numbers and kinds."""
    kept = [stored(value) for value in values]
    return list(range(len(kept))), [number for number, _ in kept], [kind for _, kind in kept]


def step_columns(values: Mapping[int, float]) -> tuple[list[int], list[float | None], list[str]]:
    """Steps, numbers and kinds."""
    _, numbers, kinds = value_columns(list(values.values()))
    return list(values), numbers, kinds
