"""How drift, performance and retraining are judged: a file of its own, because `mlops` reads it too."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator

from infra.settings.base import SettingsModel

ROOT = Path(__file__).parents[2]


def _exists(path: str) -> str:
    if not (ROOT / path).is_file():
        raise ValueError("a file of this repository")
    return path


class MonitoringSettings(SettingsModel):
    """Every key of the file: `mlops monitor schema`."""

    config: Annotated[str, AfterValidator(_exists)] = "configs/monitoring_config.yaml"

    def text(self) -> str:
        """What the jobs read."""
        return (ROOT / self.config).read_text()

    def watched(self) -> tuple[str, str]:
        """Model and alias that the file is about."""
        told = yaml.safe_load(self.text())
        return str(told["model"]), str(told.get("alias", "champion"))
