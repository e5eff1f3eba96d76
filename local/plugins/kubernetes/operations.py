"""What changes a cluster: create, update, delete; and reading back. Changes wait until the object is as asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

from local.plugins.engine import Talk
from local.plugins.errors import Cancelled, InitFailed, PluginError
from local.plugins.kubernetes import outputs
from local.plugins.kubernetes.annotations import Wishes, wishes
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.discovery import NotServed
from local.plugins.kubernetes.errors import ApiError, Unreachable, explain
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.ownership import without_ignored
from local.plugins.kubernetes.secrecy import always_secret, encoded
from local.plugins.kubernetes.waiting.removal import gone
from local.plugins.kubernetes.waiting.rules import DEFAULT_SECONDS, rule_for
from local.plugins.waiting import NotReady, Pending, Ready, State, wait

# A CRD that was just established shows up in discovery within seconds.
_SERVED_SECONDS = 20


@dataclass(frozen=True)
class Operation:
    """One operation on one object: what it is, how long it may take (0: the default), and how to speak and to stop."""

    cluster: Cluster
    kind: Kind
    talk: Talk
    cancelled: Event
    force: bool = False
    timeout: float = 0

    def create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Applies and waits; returns the outputs. An object of that name that exists is adopted."""
        path = self._served_path(inputs["metadata"])
        reply_code, live = self._apply(path, inputs, inputs)
        if "deletionTimestamp" in live["metadata"]:
            self._wait(
                lambda: gone(self.cluster.find(path), live["metadata"]["uid"]), wishes(inputs), "is being deleted"
            )
            reply_code, live = self._apply(path, inputs, inputs)
        if reply_code == 200:
            self.talk.info(
                f"{self.kind.name} {live['metadata']['name']} existed already and is now managed by this stack"
            )
        return self._when_ready(path, live, inputs)

    def update(self, inputs: Mapping[str, Any], ignored: Iterable[str]) -> dict[str, Any]:
        """Applies and waits; returns the outputs. Ignored fields that others own are left to them."""
        path = self._served_path(inputs["metadata"])
        ignored = list(ignored)
        live = self.cluster.find(path) if ignored else None
        manifest = without_ignored(inputs, live, ignored, wishes(inputs).field_manager) if live else inputs
        _code, live = self._apply(path, manifest, inputs)
        return self._when_ready(path, live, inputs)

    def delete(self, metadata: Mapping[str, Any], last: Mapping[str, Any]) -> None:
        """Deletes and waits until the object is gone."""
        try:
            path = self.cluster.path(self.kind, metadata)
        except NotServed:
            return
        live = self.cluster.find(path)
        if live is None:
            return
        wish = wishes(last)
        self.cluster.delete(path, wish.propagation or self._propagation())
        if not wish.skip_await:
            self._wait(lambda: gone(self.cluster.find(path), live["metadata"]["uid"]), wish, "was not deleted")

    def find(self, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
        """The live object; None if there is none, or no such kind any more."""
        try:
            return self.cluster.find(self.cluster.path(self.kind, metadata))
        except NotServed:
            return None

    def health(self, live: dict[str, Any]) -> str:
        """Why the object is not ready, or empty."""
        rule = rule_for(self.kind)
        if rule is None or wishes(live).skip_await:
            return ""
        state = rule(live, self.cluster)
        return "" if isinstance(state, Ready) else state.reason

    def _propagation(self) -> str:
        """Owners wait for what they own; anything else need not wait for the garbage collector."""
        owns = self.kind.group in ("apps", "batch") or not self.kind.built_in
        return "Foreground" if owns else "Background"

    def _served_path(self, metadata: Mapping[str, Any]) -> str:
        """The object's path, waiting for a kind whose definition was just installed."""
        found: list[str] = []

        def served() -> State:
            try:
                found.append(self.cluster.path(self.kind, metadata))
            except NotServed as error:
                return Pending(str(error))
            return Ready()

        try:
            wait(served, 0 if self.kind.built_in else _SERVED_SECONDS, self.cancelled, self.talk.status)
        except NotReady as late:
            raise PluginError(str(late)) from late
        return found[-1]

    def _apply(self, path: str, manifest: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        wish = wishes(inputs)
        body = encoded(manifest) if always_secret(self.kind) else manifest
        try:
            reply = self.cluster.apply(path, body, manager=wish.field_manager, force=wish.force or self.force)
        except ApiError as error:
            raise explain(error, f"{self.kind.name} {inputs['metadata']['name']}") from error
        for warning in reply.warnings:
            self.talk.warning(warning)
        return reply.code, reply.body

    def _when_ready(self, path: str, live: dict[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        wish, rule = wishes(inputs), rule_for(self.kind)
        latest = live

        def state() -> State:
            nonlocal latest
            assert rule
            found = self.cluster.find(path)
            if found is None:
                return Pending("it was deleted by someone else")
            latest = found
            return rule(latest, self.cluster)

        if rule is not None and not wish.skip_await:
            try:
                wait(state, self._seconds(wish), self.cancelled, self.talk.status)
            except (NotReady, Cancelled, Unreachable, ApiError) as error:
                what = f"{self.kind.name} {inputs['metadata']['name']}"
                raise InitFailed(outputs.recorded(latest, wish.field_manager), [f"{what}: {error}"]) from error
        return outputs.recorded(latest, wish.field_manager)

    def _wait(self, state: Callable[[], State], wish: Wishes, what: str) -> None:
        try:
            wait(state, self._seconds(wish), self.cancelled, self.talk.status)
        except NotReady as late:
            raise PluginError(f"{self.kind.name} {what}: {late}") from late

    def _seconds(self, wish: Wishes) -> float:
        """`customTimeouts` before the annotation before the default."""
        return self.timeout or wish.timeout or DEFAULT_SECONDS
