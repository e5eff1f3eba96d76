from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.table import Table
from jobs.registry.graph import LEAF, Leaf, Split, pruned, smaller
from jobs.registry.optimization import prove_equal, with_gaps
from jobs.training.experiment import Trained


def content_of(trained: Trained) -> bytes:
    return (Path(trained.folder) / "model.onnx").read_bytes()


def test_every_row_of_the_real_table_is_predicted_the_same_by_a_smaller_model(
    one_trained: Trained, telco: Table
) -> None:
    old = load_scorer(one_trained.folder)
    content = smaller(content_of(one_trained))
    matrix = with_gaps(old.encoder.columns(telco.columns), old)
    assert len(matrix) > telco.rows + 64
    assert prove_equal(old, Scorer(old.manifest, content), matrix) <= 1e-6
    # Trees shrink to less than half; a linear model has little but its description.
    assert len(content) < (0.5 if one_trained.candidate.kind == "xgboost" else 0.9) * len(content_of(one_trained))


def test_what_is_small_already_comes_back_as_it_is_and_equal_input_gives_equal_bytes(one_trained: Trained) -> None:
    content = smaller(content_of(one_trained))
    assert smaller(content_of(one_trained)) == content
    assert smaller(content) == content


def test_a_split_whose_ways_end_in_the_same_number_goes_up_to_the_root() -> None:
    same = Split(3, 1, 0.5, True, Leaf(0.25), Leaf(0.25))
    kept = Split(1, 1, 0.5, False, Leaf(0.5), Leaf(0.25))
    assert pruned(Split(2, 1, 7.0, False, same, Leaf(0.25))) == Leaf(0.25)
    assert pruned(Split(2, 1, 7.0, False, same, kept)) == Split(2, 1, 7.0, False, Leaf(0.25), kept)


def trees(modes: list[bytes], post: str = "LOGISTIC", weights: tuple[float, ...] = (0.5, -0.25)) -> bytes:
    """Two trees on two features, all comparisons of the first kind; the second tree is one leaf."""
    node = onnx.helper.make_node(
        "TreeEnsembleClassifier", ["input"], ["label", "probabilities"], domain="ai.onnx.ml",
        nodes_treeids=[0, 0, 0, 1], nodes_nodeids=[0, 1, 2, 0], nodes_featureids=[1, 0, 0, 0],
        nodes_modes=[modes[0], LEAF, LEAF, LEAF], nodes_values=[0.5, 0.0, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0, 0], nodes_falsenodeids=[2, 0, 0, 0],
        nodes_missing_value_tracks_true=[1, 0, 0, 0],
        class_treeids=[0, 0, 1], class_nodeids=[1, 2, 0], class_ids=[0, 0, 0],
        class_weights=[*weights, 0.125], classlabels_int64s=[0, 1], post_transform=post, base_values=[0.3],
    )  # fmt: skip
    outputs = [
        onnx.helper.make_tensor_value_info("label", onnx.TensorProto.INT64, [None]),
        onnx.helper.make_tensor_value_info("probabilities", onnx.TensorProto.FLOAT, [None, 2]),
    ]
    graph = onnx.helper.make_graph(
        [node], "t", [onnx.helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [None, 2])], outputs
    )
    imports = [onnx.helper.make_opsetid("", 15), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
    made: bytes = onnx.helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString()
    return made


def run(content: bytes) -> np.ndarray:
    rows = np.array([[0, 0.4], [0, 0.5], [0, 0.6], [0, np.nan], [np.nan, 9]], np.float32)
    session = onnxruntime.InferenceSession(content)
    both = session.run([session.get_outputs()[-1].name], {"input": rows})[0]
    return np.asarray(both)


@pytest.mark.parametrize(
    "mode", [b"BRANCH_LT", b"BRANCH_LEQ", b"BRANCH_GT", b"BRANCH_GTE", b"BRANCH_EQ", b"BRANCH_NEQ"]
)
@pytest.mark.parametrize("post", ["LOGISTIC", "NONE"])
def test_every_comparison_missing_values_and_a_tree_of_one_leaf_mean_the_same(mode: bytes, post: str) -> None:
    content = trees([mode], post)
    assert b"TreeEnsembleClassifier" not in smaller(content)
    np.testing.assert_allclose(run(smaller(content)), run(content), atol=1e-7)


def test_trees_that_mean_something_else_are_left_alone() -> None:
    # With weights of one sign ONNX Runtime takes them for probabilities; SOFTMAX mixes the classes.
    for content in (trees([b"BRANCH_LT"], weights=(0.5, 0.25)), trees([b"BRANCH_LT"], post="SOFTMAX")):
        assert smaller(content) == content
