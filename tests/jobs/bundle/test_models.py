"""Every way to read a model gives what ONNX Runtime gives, whatever the trees and the rows are."""

from __future__ import annotations

import contextlib
import math
import pickle
import struct
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from jobs.bundle.calculation import read_calculation
from jobs.bundle.forest import Forest, Leaf, Split, Tree
from jobs.bundle.graph import read_graph
from jobs.bundle.leaf_masks import LeafMasks, _cut, fits, looked_up
from jobs.bundle.manifest import GoldenRow, Manifest
from jobs.bundle.many_rows import MAX_DEPTH, gathered
from jobs.bundle.prediction import TOLERANCE
from jobs.bundle.row_scorer import RowScorer
from jobs.bundle.scorer import Scorer
from jobs.errors import BundleError
from jobs.features.row import FLOAT32_MAX
from jobs.features.spec import CategoricalFeature, FeatureSpec, NumericFeature

SPEC = FeatureSpec(
    (
        NumericFeature("age", nullable=True), CategoricalFeature("plan", ("a", "b", "c"), nullable=True),
        NumericFeature("spent", nullable=True),
    )
)  # fmt: skip
WIDTH = 5
MODES = ("BRANCH_LT", "BRANCH_LEQ", "BRANCH_GT", "BRANCH_GTE")

bounds = st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.5, 1e-45, -3.4e38, 16777217.0]) | st.floats(-50, 50, width=32)
leaves = st.floats(-4, 4, width=32).map(lambda weight: ("leaf", weight))
splits = st.tuples(st.integers(0, WIDTH - 1), st.sampled_from(MODES), bounds, st.booleans())
trees = st.recursive(leaves, lambda inner: st.tuples(splits, inner, inner), max_leaves=70)
numbers = bounds | st.floats(-100, 100) | st.integers(-100, 100) | st.none()
rows = st.lists(
    st.fixed_dictionaries(
        {"age": numbers, "plan": st.sampled_from(["a", "b", "c", "unknown", None]), "spent": numbers}
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def model(forest: list[Any], base: float = 0.25, post: str = "LOGISTIC") -> bytes:
    """As onnxmltools writes a binary classifier."""
    nodes: dict[str, list[Any]] = {
        name: []
        for name in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
                     "missing_value_tracks_true")
    }  # fmt: skip
    weights: list[tuple[int, int, float]] = []

    def add(tree: int, node: Any, number: int) -> int:
        """The number after this node's."""
        place = len(nodes["treeids"])
        for values in nodes.values():
            values.append(0)
        nodes["treeids"][place], nodes["nodeids"][place] = tree, number
        if node[0] == "leaf":
            nodes["modes"][place], nodes["values"][place] = "LEAF", 0.0
            weights.append((tree, number, node[1]))
            return number + 1
        (column, mode, value, missing), yes, no = node
        nodes["featureids"][place], nodes["modes"][place], nodes["values"][place] = column, mode, value
        nodes["missing_value_tracks_true"][place] = int(missing)
        nodes["truenodeids"][place] = number + 1
        nodes["falsenodeids"][place] = after = add(tree, yes, number + 1)
        return add(tree, no, after)

    for tree, root in enumerate(forest):
        add(tree, root, 0)
    # Weights of both signs, else ONNX Runtime takes them for probabilities.
    weights += [(len(forest), 0, -1.0), (len(forest) + 1, 0, 1.0)]
    for tree in (len(forest), len(forest) + 1):
        add(tree, ("leaf", 0.0), 0)
        weights.pop()
    ids, numbers_, values = zip(*weights, strict=True)
    attributes: dict[str, Any] = {f"nodes_{name}": values for name, values in nodes.items()}
    node = helper.make_node(
        "TreeEnsembleClassifier", ["input"], ["label", "probabilities"], domain="ai.onnx.ml", name="trees",
        base_values=[base], class_ids=[0] * len(ids), class_treeids=ids, class_nodeids=numbers_, class_weights=values,
        classlabels_int64s=[0, 1], post_transform=post, **attributes,
    )  # fmt: skip
    return bytes(_file([node], "probabilities").SerializeToString())


def _file(nodes: list[Any], output: str, constants: tuple[Any, ...] = ()) -> ModelProto:
    graph = helper.make_graph(
        nodes, "graph", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, WIDTH])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, 2])], list(constants),
    )  # fmt: skip
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 1)], ir_version=8
    )


def manifest() -> Manifest:
    return Manifest("m", "test", 0.5, "Yes", "No", SPEC, {}, "0", (GoldenRow({}, 0.5),), {})


def deep_tree(depth: int) -> Any:
    """A leaf at each level."""
    tree: Any = ("leaf", 0.0)
    for level in range(depth):
        tree = ((level % WIDTH, "BRANCH_LT", float(level), False), ("leaf", float(level + 1)), tree)
    return tree


def reference(content: bytes, matrix: Any) -> list[float]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    found: list[float] = session.run(["probabilities"], {"input": matrix})[0][:, 1].astype(np.float64).tolist()
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(trees, min_size=1, max_size=5), rows)
@example([deep_tree(MAX_DEPTH + 1)], [{"age": None, "plan": "a", "spent": None}])
def test_trees_give_what_onnx_runtime_gives_row_by_row_and_all_at_once(forest: list[Any], records: Any) -> None:
    content = model(forest)
    scorer, rowwise = Scorer(manifest(), content), None
    one_by_one = [one.probability for record in records for one in scorer.predict_records([record])]
    together = scorer.probabilities(scorer.encoder.records(records)).tolist()
    assert together == pytest.approx(reference(content, scorer.encoder.records(records)), abs=TOLERANCE)
    # Not nearly the same: the same.
    assert one_by_one == together
    calculation = read_calculation(read_graph(content), WIDTH)
    if isinstance(calculation.core, Forest) and fits(calculation.core):
        rowwise = RowScorer(manifest(), content)
        found = [one.probability for one in rowwise.predict_records(records)]
        # Deeper trees are ONNX Runtime's where rows come many at once, and that calculates with 32 bits.
        exact = calculation.core.depth <= MAX_DEPTH
        assert found == (one_by_one if exact else pytest.approx(one_by_one, abs=TOLERANCE))
    else:
        with pytest.raises(BundleError, match="too many or too large"):
            RowScorer(manifest(), content)


def test_deep_trees_and_very_many_leaves_are_run_by_onnx_runtime() -> None:
    scorer = Scorer(manifest(), model([deep_tree(8)]))
    record = {"age": 3, "plan": "a", "spent": 100}
    assert scorer.predict_records([record])[0].probability == pytest.approx(
        reference(model([deep_tree(8)]), scorer.encoder.records([record]))[0], abs=TOLERANCE
    )
    forest = read_calculation(read_graph(model([deep_tree(8)])), WIDTH).core
    assert isinstance(forest, Forest)
    assert forest.depth == 8


@given(st.floats(-FLOAT32_MAX, FLOAT32_MAX, width=32), st.floats(-FLOAT32_MAX, FLOAT32_MAX))
def test_a_cut_says_of_every_float64_on_which_side_its_float32_is(bound: float, value: float) -> None:
    for one in (value, bound, math.nextafter(_cut(bound), -math.inf), _cut(bound), math.nextafter(bound, math.inf)):
        if abs(one) <= FLOAT32_MAX:
            (rounded,) = struct.unpack("<f", struct.pack("<f", one))
            assert (one < _cut(bound)) == (rounded < bound)


@given(st.lists(st.lists(st.floats(-8, 8, width=16), min_size=1, max_size=8), min_size=2, max_size=6), st.data())
def test_both_ways_to_add_up_leaves_agree(weights: list[list[float]], data: st.DataObject) -> None:
    weights += weights[: len(weights) % 2]
    places = [data.draw(st.integers(0, len(one) - 1)) for one in weights]
    first = bytes(1 << place for place in places)
    expected = sum(one[place] for one, place in zip(weights, places, strict=True))
    assert looked_up(weights, 8)(first) == gathered(weights, 8)(first) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-3, 3, width=32), min_size=2 * WIDTH, max_size=2 * WIDTH), rows, st.floats(-2, 2, width=32),
    st.sampled_from(["NONE", "LOGISTIC"]),
)  # fmt: skip
def test_weights_give_what_onnx_runtime_gives(weights: list[float], records: Any, intercept: float, post: str) -> None:
    nodes = [
        helper.make_node("Imputer", ["input"], ["whole"], domain="ai.onnx.ml", replaced_value_float=math.nan,
                         imputed_value_floats=[1.5, 0.0, 0.0, 0.0, -2.0]),
        helper.make_node("Scaler", ["whole"], ["scaled"], domain="ai.onnx.ml", offset=[0.5] * WIDTH,
                         scale=[0.01] * WIDTH),
        helper.make_node("LinearClassifier", ["scaled"], ["label", "probabilities"], domain="ai.onnx.ml",
                         classlabels_ints=[0, 1], coefficients=weights, intercepts=[-intercept, intercept],
                         multi_class=0, post_transform=post),
    ]  # fmt: skip
    content = _file(nodes, "probabilities").SerializeToString()
    # Where weights cancel, float32 of ONNX Runtime has fewer places than float64 of ours.
    small = [{name: _within(value) for name, value in one.items()} for one in records]
    scorer = Scorer(manifest(), content)
    together = scorer.probabilities(scorer.encoder.records(small)).tolist()
    expected = reference(content, scorer.encoder.records(small))
    assert together == pytest.approx(expected, abs=1e-4 if post == "NONE" else 1e-5)
    assert [one.probability for record in small for one in scorer.predict_records([record])] == together
    assert [one.probability for one in RowScorer(manifest(), content).predict_records(small)] == together


def _within(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else max(-1e4, min(1e4, value))


def test_weights_are_cut_to_places_that_add_up_exactly() -> None:
    core = read_calculation(read_graph(model([("leaf", 0.1), ("leaf", 1 / 3), ("leaf", -7.7)])), WIDTH).core
    assert isinstance(core, Forest)

    def weight(tree: Tree) -> float:
        assert isinstance(tree, Leaf)
        return tree.weight

    given_ = [weight(tree) for tree in core.trees]
    assert sum(given_) == sum(reversed(given_)) == math.fsum(given_)
    assert given_[0] == pytest.approx(np.float32(0.1), abs=1e-14)


def test_a_forest_that_needs_more_memory_than_it_is_worth_has_no_masks() -> None:
    many = tuple(Split(0, float(number), False, Leaf(0.0), Leaf(1.0)) for number in range(5000))
    assert not fits(Forest(many, 0.0))
    assert fits(Forest(many[:1000], 0.0))
    assert LeafMasks(SPEC, Forest(many[:3], 0.5)).score({"age": 1, "plan": "a", "spent": 0}) == 2.5


def _with_constant(**changes: Any) -> bytes:
    made = ModelProto.FromString(model([("leaf", 0.5)]))
    constant = numpy_helper.from_array(np.array([1.0], np.float32), "c")
    for name, value in changes.items():
        setattr(constant, name, value)
    made.graph.initializer.append(constant)
    return bytes(made.SerializeToString())


def _of_strangers(*, named: bool, used: bool) -> bytes:
    made = ModelProto.FromString(model([("leaf", 0.5)]))
    if named:
        made.opset_import.append(helper.make_opsetid("com.example", 1))
    if used:
        made.graph.node.append(helper.make_node("Anything", ["input"], ["out"], domain="com.example"))
    return bytes(made.SerializeToString())


def _sparse() -> bytes:
    made = ModelProto.FromString(model([("leaf", 0.5)]))
    made.graph.sparse_initializer.add(dims=[1])
    return bytes(made.SerializeToString())


def _elsewhere() -> bytes:
    made = ModelProto.FromString(_with_constant(data_location=TensorProto.EXTERNAL))
    made.graph.initializer[0].external_data.add(key="location", value="/etc/passwd")
    return bytes(made.SerializeToString())


def _with_functions() -> bytes:
    made = ModelProto.FromString(model([("leaf", 0.5)]))
    made.functions.add(name="f", domain="ai.onnx.ml")
    return bytes(made.SerializeToString())


def _with_a_loop() -> bytes:
    made = ModelProto.FromString(model([("leaf", 0.5)]))
    made.graph.node.append(helper.make_node("If", ["input"], ["out"], then_branch=made.graph, else_branch=made.graph))
    return bytes(made.SerializeToString())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_of_strangers(named=True, used=False), "operators of 'com.example'"),
        (_of_strangers(named=False, used=True), "operators of 'com.example'"),
        (_sparse(), "a sparse constant"),
        (_elsewhere(), "a constant in another file"),
        (_with_functions(), "functions of its own"),
        (_with_a_loop(), "of a kind that no model of ours has"),
        (pickle.dumps(print), "cannot be loaded"),
        (b"", "no graph"),
    ],
)  # fmt: skip
def test_a_file_that_is_more_than_a_model_is_refused_before_anything_runs(content: bytes, words: str) -> None:
    """Operators of others, files elsewhere, code, a pickle: none reaches what could follow it."""
    with pytest.raises(BundleError) as refused:
        Scorer(manifest(), content)
    assert words in str(refused.value)


def test_weights_that_are_no_numbers_are_refused() -> None:
    graph = read_graph(model([((0, "BRANCH_LT", 1.0, True), ("leaf", -0.5), ("leaf", 0.5))]))
    (trees,) = [node for node in graph.nodes if "class_weights" in node.attributes]
    trees.attributes["class_weights"] = [b"half"] * len(trees.attributes["class_weights"])
    with pytest.raises(BundleError, match="cannot be loaded"):
        read_calculation(graph, WIDTH)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_a_file_it_is_a_model_or_refused(data: st.DataObject) -> None:
    content = bytearray(model([((0, "BRANCH_LT", 1.0, True), ("leaf", -0.5), ("leaf", 0.5))]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    with contextlib.suppress(BundleError):
        assert isinstance(read_calculation(read_graph(bytes(content)), WIDTH).of_score(0.0), float)
