"""A fitted candidate with its calibrator, as one estimator and one ONNX model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.errors import TrainingError
from jobs.features.encoder import Matrix
from jobs.training.calibration import Calibrator, Isotonic, Sigmoid
from jobs.training.fitted import OPSETS, Candidate, Probabilities

OUTPUT = "calibrated"


@dataclass(frozen=True)
class Calibrated:
    """The candidate's scores, mapped."""

    inner: Candidate
    calibrator: Calibrator

    @property
    def libraries(self) -> tuple[str, ...]:
        fitted_by = ("scikit-learn",) if isinstance(self.calibrator, Isotonic) else ()
        return (*self.inner.libraries, *fitted_by, "onnx")

    def probabilities(self, matrix: Matrix) -> Probabilities:
        if isinstance(self.calibrator, Sigmoid):
            return self.calibrator.of_log_odds(self.inner.log_odds(matrix))
        return self.calibrator.apply(self.inner.probabilities(matrix))

    def to_onnx(self, width: int) -> bytes:
        """The candidate's graph, its scores mapped in float64; the only output is (rows, 2) in float32."""
        import onnx

        model = onnx.load_from_string(self.inner.to_onnx(width))
        calibrator = self.calibrator
        if isinstance(calibrator, Sigmoid):
            source = _bare(model)
            constants, nodes = _sigmoid(calibrator)
        else:
            source = model.graph.output[-1].name
            constants, nodes = _lines(calibrator)
        one = np.array([[1.0]])
        constants = {"column": np.array([1], dtype=np.int64), "one": one, **constants}
        nodes = [
            ("Gather", [source, "column"], "score32", {"axis": 1}),
            ("Cast", ["score32"], "score", {"to": onnx.TensorProto.DOUBLE}),
            *nodes,
            ("Sub", ["one", "positive"], "negative", {}),
            ("Concat", ["negative", "positive"], "both", {"axis": 1}),
            ("Cast", ["both"], OUTPUT, {"to": onnx.TensorProto.FLOAT}),
        ]
        names = {*constants, *(result for _, _, result, _ in nodes)} - {OUTPUT}
        for name, value in constants.items():
            model.graph.initializer.append(onnx.numpy_helper.from_array(value, _own(name, names)))
        for kind, inputs, result, attributes in nodes:
            own = _own(result, names)
            given = [_own(name, names) for name in inputs]
            model.graph.node.append(onnx.helper.make_node(kind, given, [own], name=own, **attributes))
        del model.graph.output[:]
        model.graph.output.append(onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [None, 2]))
        if not any(opset.domain == "" for opset in model.opset_import):
            model.opset_import.append(onnx.helper.make_opsetid("", OPSETS[""]))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


Node = tuple[str, list[str], str, dict[str, Any]]
Steps = tuple[dict[str, Any], list[Node]]


def _bare(model: Any) -> str:
    """Takes the last step, log-odds → probability, out of the graph → name of the log-odds' output.

    A float32 probability near 0 or 1 has lost them: with it the proof fails for candidates that are too certain.
    """
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "post_transform" and attribute.s == b"LOGISTIC":
                attribute.s = b"NONE"
                return str(node.output[1])
    raise TrainingError(
        "calibration: sigmoid needs log-odds, which this kind's converted model does not have",
        given=[node.op_type for node in model.graph.node],
        allowed="a node with post_transform LOGISTIC",
        change="calibration: isotonic",
    )


def _sigmoid(calibrator: Sigmoid) -> Steps:
    """`score`, in log-odds → `positive`, as `Sigmoid.of_log_odds`."""
    constants = {"slope": np.array(calibrator.slope), "intercept": np.array(calibrator.intercept)}
    return constants, [
        ("Mul", ["score", "slope"], "turned", {}),
        ("Add", ["turned", "intercept"], "line", {}),
        ("Sigmoid", ["line"], "positive", {}),
    ]


def _lines(calibrator: Isotonic) -> Steps:
    """`score` → `positive`, as `Isotonic.apply`: the first value, and a change of slope at each knot."""
    knots, values = np.array(calibrator.knots), np.array(calibrator.values)
    slopes = np.diff(values) / np.diff(knots)
    constants = {
        "knots": knots[None, :-1],
        "turns": np.diff(slopes, prepend=0.0)[:, None],
        "first": values[:1],
    }
    return constants, [
        ("Sub", ["score", "knots"], "beyond", {}),
        ("Relu", ["beyond"], "over", {}),
        ("MatMul", ["over", "turns"], "risen", {}),
        ("Add", ["risen", "first"], "positive", {}),
    ]


def _own(name: str, names: set[str]) -> str:
    return f"calibration_{name}" if name in names else name
