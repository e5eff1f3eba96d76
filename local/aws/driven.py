"""One AWS stack on this machine, driven as a user drives it: preview, up, refresh, destroy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from local.aws.preview import events
from local.aws.trial import Trial
from local.platform.engine import summary
from local.platform.up import UP


@dataclass
class Driven:
    """The stack of a trial."""

    trial: Trial
    told: list[str] = field(default_factory=list)

    def up(self) -> str:
        """Brings the stack up; it has to succeed. What the engine counted, `same` left out when there is more."""
        return self._run(*UP)

    def refresh(self) -> str:
        """Reads everything from the emulators anew."""
        return self._run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> str:
        """Removes everything. Previewed first: else the engine removes what it can before it refuses the rest."""
        return self._run("destroy", "--yes")

    def preview(self) -> str:
        """What `up` would do, as the engine's JSON; also of a preview that the engine refuses."""
        return events(self.trial.engine)

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.trial.engine.run("stack", "output", "--json"))
        return outputs

    def resources(self) -> list[dict[str, Any]]:
        """What the state holds."""
        state = json.loads(self.trial.engine.run("stack", "export"))
        resources: list[dict[str, Any]] = state["deployment"].get("resources", [])
        return resources

    def change(self, key: str, value: Mapping[str, Any] | str) -> None:
        """Changes one `mlops:` object of the stack's file; a mapping is merged into it."""
        file = self.trial.engine.config_file
        content = yaml.safe_load(file.read_text())
        name = f"mlops:{key}"
        content["config"][name] = {**content["config"][name], **value} if isinstance(value, Mapping) else value
        file.write_text(yaml.safe_dump(content))

    def _run(self, *arguments: str) -> str:
        self.told = []
        return summary(self.trial.engine.follow(*arguments, show=self.told.append))
