"""How a failure becomes a gRPC status: an error for the user as its own text, unreadiness as a partial failure."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc  # type: ignore[import-untyped]  # no stubs in the pinned environment
from google.protobuf import any_pb2  # type: ignore[import-untyped]  # no stubs in the pinned environment
from pulumi.runtime.proto import provider_pb2, status_pb2

from local.plugins.errors import PluginError

Handler = TypeVar("Handler", bound=Callable[..., Any])


class PartialFailure(Exception):
    """The resource exists, with these properties (and inputs, for a read), but is not ready."""

    def __init__(self, identifier: str, properties: Any, reasons: list[str], inputs: Any = None) -> None:
        super().__init__("; ".join(reasons))
        self.detail = provider_pb2.ErrorResourceInitFailed(
            id=identifier, properties=properties, reasons=reasons, inputs=inputs
        )


def guarded(handler: Handler) -> Handler:
    """Wraps a gRPC method. What is not meant for the user is a defect of the plugin and comes with its traceback."""

    @wraps(handler)
    def call(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return handler(self, request, context)
        except PartialFailure as failure:
            _abort_partial(context, failure)
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception:
            text = f"{type(self).__name__} has a defect in {handler.__name__}:\n{traceback.format_exc()}"
            context.abort(grpc.StatusCode.INTERNAL, text)

    return call  # type: ignore[return-value]  # same signature, which TypeVar cannot say of a wrapper


def _abort_partial(context: grpc.ServicerContext, failure: PartialFailure) -> NoReturn:
    detail = any_pb2.Any()
    detail.Pack(failure.detail, type_url_prefix="type.googleapis.com/")
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=str(failure), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(failure))
    raise AssertionError("abort always raises")
