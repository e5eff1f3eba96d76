"""The bundle as an MLflow model (models-from-code): MLflow runs this file when it loads the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from jobs.bundle.scorer import Scorer, load_scorer


class BundleModel(PythonModel):
    """Raw DataFrame → DataFrame with `probability` and `label`."""

    scorer: Scorer

    def load_context(self, context: PythonModelContext) -> None:
        self.scorer = load_scorer(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  # MLflow's signature
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        present = model_input.astype(object).where(model_input.notna(), None)
        columns = {name: present[name].to_numpy() for name in self.scorer.manifest.features.names}
        predictions = self.scorer.predict_columns(columns)
        return pd.DataFrame(
            {"probability": [p.probability for p in predictions], "label": [p.label for p in predictions]},
            index=model_input.index,
        )


set_model(BundleModel())
