"""Predictions of real rows as a model server logs them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.bundle.scorer import Scorer
from jobs.datasets.shelf import Shelf
from jobs.datasets.table import Table
from jobs.registry.champion import Champion
from jobs.serving.answer import predict
from jobs.serving.inference_log_line import Entry, lines
from jobs.serving.inference_log_place import key
from jobs.serving.served import Served

MODEL = "churn-classifier"


@dataclass
class Traffic:
    """Writes objects of the inference log; request `r7` holds the rows it is given."""

    shelf: Shelf
    scorer: Scorer
    telco: Table
    objects: int = 0

    def send(
        self, time: datetime, requests: dict[str, Sequence[int]], version: str = "3", shape: str = "records"
    ) -> str:
        """One object with these requests (id → rows of the table); returns its key."""
        served = Served(Champion(MODEL, version, f"digest-{version}", "nowhere"), self.scorer)
        entries = []
        for name, rows in requests.items():
            records = [self.telco.record(row) for row in rows]
            if shape == "columns":
                body = json.dumps({"columns": {field: [one[field] for one in records] for field in records[0]}})
            else:
                body = json.dumps({"records": [{**one, "card": "not a feature"} for one in records]})
            answer = predict(served, "application/json", body.encode(), 10_000)
            entries.append(
                Entry(
                    time.timestamp(),
                    name,
                    served,
                    "application/json",
                    body.encode(),
                    answer.content_type,
                    answer.body,
                    answer.rows,
                )
            )
        self.objects += 1
        place = key(MODEL, time.timestamp(), "pod-1", self.objects)
        assert self.shelf.create(place, gzip.compress(lines(entries)))
        return place
