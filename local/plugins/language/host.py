"""The language runtime as the engine sees it: answers calls and hands programs to the main thread.

Programs run in the main thread (signals, `asyncio`), one after the other; gRPC calls are answered by the server's own.
"""
# ruff: noqa: ARG002  gRPC fixes the signature of every method.

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from queue import Queue
from threading import Lock
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from local.plugins.language.packages import installed_packages, provider_packages
from local.plugins.language.program import Program
from local.plugins.language.subplugin import SubPlugin, command
from local.plugins.serving import stop


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine. `engine` is its address; a handshake may correct it."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._programs: Queue[tuple[Program, Future[bool]]] = Queue()
        self._children: set[SubPlugin] = set()
        self._lock = Lock()

    def run_programs(self) -> None:
        """Runs what `Run` hands over, until the process is stopped. Call it in the main thread."""
        while True:
            program, result = self._programs.get()
            succeeded = False
            try:
                succeeded = program.run()
            finally:
                result.set_result(succeeded)

    def close(self) -> None:
        """Ends the policy packs and providers that were started here."""
        with self._lock:
            for child in self._children:
                child.stop()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> language_pb2.LanguageHandshakeResponse:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def GetRequiredPlugins(
        self, request: Any, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        plugins = [
            plugin_pb2.PluginDependency(name=package.name, kind="resource", version=f"v{package.version}")
            for package in provider_packages()
        ]
        return language_pb2.GetRequiredPluginsResponse(plugins=plugins)

    def GetRequiredPackages(
        self, request: Any, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        packages = [
            plugin_pb2.PackageDependency(name=package.name, kind="resource", version=f"v{package.version}")
            for package in provider_packages()
        ]
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    def GetProgramDependencies(
        self, request: Any, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        found = [language_pb2.DependencyInfo(name=name, version=version) for name, version in installed_packages()]
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def About(self, request: Any, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def InstallDependencies(
        self, request: Any, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        text = f"Nothing to install: programs run in {sys.prefix}, which `local/venv.sh` makes from requirements.txt.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=text.encode())

    def Run(self, request: Any, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        folder = Path(request.info.program_directory or request.pwd)
        result: Future[bool] = Future()
        program = Program(
            entry=(folder / (request.info.entry_point or request.program or ".")).resolve(),
            folder=Path(request.pwd or folder),
            project=request.project,
            stack=request.stack,
            organization=request.organization,
            config=dict(request.config),
            secret_keys=list(request.configSecretKeys),
            parallel=request.parallel,
            preview=request.dryRun,
            monitor=request.monitor_address,
            engine=self._engine,
        )
        self._programs.put((program, result))
        # `bail`: the program's error was logged already, the engine only has to stop and exit non-zero.
        return language_pb2.RunResponse(bail=not result.result())

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[language_pb2.RunPluginResponse]:
        folder = Path(request.info.program_directory or request.program)
        child = SubPlugin(
            command(request.kind, folder, list(request.args)), Path(request.pwd or folder), list(request.env)
        )
        with self._lock:
            self._children.add(child)
        context.add_callback(child.stop)
        for name, data in child.chunks():
            output = language_pb2.RunPluginResponse
            yield output(stdout=data) if name == "stdout" else output(stderr=data)
        yield language_pb2.RunPluginResponse(exitcode=child.exit_code)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        stop()
        return empty_pb2.Empty()
