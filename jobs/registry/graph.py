"""Rewrites the graph of a model into a smaller one that predicts the same; onnx only, nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
# The first with `TreeEnsemble`, which keeps splits and leaves apart and comparisons as bytes instead of texts.
TREE_OPSET = 5
MODES = {b"BRANCH_LEQ": 0, b"BRANCH_LT": 1, b"BRANCH_GTE": 2, b"BRANCH_GT": 3, b"BRANCH_EQ": 4, b"BRANCH_NEQ": 5}
LEAF = b"LEAF"


@dataclass(frozen=True)
class Leaf:
    """What a tree adds to the score."""

    weight: float


@dataclass(frozen=True)
class Split:
    """A comparison of one feature; a missing value goes the way of `missing_true`."""

    feature: int
    mode: int
    value: float
    missing_true: bool
    yes: Tree
    no: Tree


Tree = Leaf | Split


def smaller(content: bytes) -> bytes:
    """The model with compact trees, scaling folded into linear weights, and without what nobody reads.

    A model that has nothing of that comes back as it is.
    """
    model = onnx.load_from_string(content)
    nodes: list[NodeProto] = []
    constants: list[TensorProto] = []
    for node in model.graph.node:
        if node.op_type == "TreeEnsembleClassifier" and (made := _trees(node)):
            nodes += made[0]
            constants += made[1]
        else:
            nodes.append(node)
    nodes = _without_scaler(nodes)
    if list(nodes) == list(model.graph.node):
        return content
    return bytes(_model(model, nodes, constants).SerializeToString(deterministic=True))


def pruned(tree: Tree) -> Tree:
    """Without splits whose two ways end in the same number."""
    if isinstance(tree, Leaf):
        return tree
    yes, no = pruned(tree.yes), pruned(tree.no)
    if isinstance(yes, Leaf) and yes == no:
        return yes
    return Split(tree.feature, tree.mode, tree.value, tree.missing_true, yes, no)


def _trees(node: NodeProto) -> tuple[list[NodeProto], list[TensorProto]] | None:
    """A binary classifier's trees as `TreeEnsemble` and the two columns it gave; None for other classifiers."""
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    post = given.get("post_transform", b"NONE")
    modes = set(given["nodes_modes"]) - {LEAF}
    plain = len(set(given["class_ids"])) == 1 and not {"base_values_as_tensor", "nodes_values_as_tensor"} & given.keys()
    # With weights of one sign only, ONNX Runtime reads them as probabilities and not as a score.
    signs = {weight >= 0 for weight in given["class_weights"]}
    if post not in (b"NONE", b"LOGISTIC") or not modes <= MODES.keys() or not plain or len(signs) != 2:
        return None
    name, data, (_, both) = node.name or "trees", node.input[0], node.output
    ensemble = _ensemble([pruned(tree) for tree in _read(given)], data, f"{name}_sum")
    base = float(sum(given.get("base_values", []) or [0.0]))
    score = [ensemble, helper.make_node("Add", [f"{name}_sum", f"{name}_base"], [f"{name}_score"])]
    positive = f"{name}_score"
    if post == b"LOGISTIC":
        positive = f"{name}_positive"
        score.append(helper.make_node("Sigmoid", [f"{name}_score"], [positive]))
    rest = 1.0 if post == b"LOGISTIC" else 0.0
    score += [
        helper.make_node("Sub", [f"{name}_rest", positive], [f"{name}_negative"]),
        helper.make_node("Concat", [f"{name}_negative", positive], [both], axis=1),
    ]
    constants = {f"{name}_base": base, f"{name}_rest": rest}
    return score, [numpy_helper.from_array(np.array([[one]], np.float32), key) for key, one in constants.items()]


def _read(given: dict[str, Any]) -> list[Tree]:
    weights = dict(
        zip(zip(given["class_treeids"], given["class_nodeids"], strict=True), given["class_weights"], strict=True)
    )
    places = {key: place for place, key in enumerate(zip(given["nodes_treeids"], given["nodes_nodeids"], strict=True))}
    tracks = given.get("nodes_missing_value_tracks_true") or [0] * len(places)

    def read(tree: int, number: int) -> Tree:
        place = places[tree, number]
        mode = given["nodes_modes"][place]
        if mode == LEAF:
            return Leaf(weights.get((tree, number), 0.0))
        return Split(
            given["nodes_featureids"][place], MODES[mode], given["nodes_values"][place], bool(tracks[place]),
            read(tree, given["nodes_truenodeids"][place]), read(tree, given["nodes_falsenodeids"][place]),
        )  # fmt: skip

    roots: dict[int, int] = {}
    for tree, number in places:
        roots.setdefault(tree, number)  # the first node of a tree is its root
    return [read(tree, number) for tree, number in roots.items()]


def _ensemble(trees: list[Tree], data: str, output: str) -> NodeProto:
    splits: list[tuple[int, int, float, int, int, int, int, int]] = []
    leaves: list[float] = []
    roots: list[int] = []

    def place(tree: Tree) -> tuple[int, int]:
        """Number of the split or leaf, and whether it is a leaf."""
        if isinstance(tree, Leaf):
            leaves.append(tree.weight)
            return len(leaves) - 1, 1
        number = len(splits)
        splits.append((0,) * 8)
        yes, no = place(tree.yes), place(tree.no)
        splits[number] = (tree.feature, tree.mode, tree.value, int(tree.missing_true), *yes, *no)
        return number, 0

    for tree in trees:
        # A tree of one leaf is a comparison that both ways end in it.
        roots.append(place(tree if isinstance(tree, Split) else Split(0, 0, 0.0, False, tree, tree))[0])
    feature, mode, value, missing, yes, yes_leaf, no, no_leaf = zip(*splits, strict=True)
    attributes: dict[str, Any] = {
        "aggregate_function": 1, "n_targets": 1, "post_transform": 0, "tree_roots": roots,
        "nodes_featureids": feature, "nodes_truenodeids": yes, "nodes_trueleafs": yes_leaf,
        "nodes_falsenodeids": no, "nodes_falseleafs": no_leaf,
        "nodes_modes": numpy_helper.from_array(np.array(mode, np.uint8)),
        "nodes_splits": numpy_helper.from_array(np.array(value, np.float32)),
        "leaf_targetids": [0] * len(leaves),
        "leaf_weights": numpy_helper.from_array(np.array(leaves, np.float32)),
    }  # fmt: skip
    if any(missing):
        attributes["nodes_missing_value_tracks_true"] = missing
    return helper.make_node("TreeEnsemble", [data], [output], domain=ML, **attributes)


def _without_scaler(nodes: list[NodeProto]) -> list[NodeProto]:
    """`(x - offset) * scale` before a linear classifier, folded into its weights."""
    made = list(nodes)
    for place, node in enumerate(nodes[:-1]):
        after = nodes[place + 1]
        if node.op_type != "Scaler" or after.op_type != "LinearClassifier" or after.input[0] != node.output[0]:
            continue
        scaler = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        linear = {one.name: helper.get_attribute_value(one) for one in after.attribute}
        scale, offset = np.array(scaler["scale"], np.float64), np.array(scaler["offset"], np.float64)
        weights = np.array(linear["coefficients"], np.float64).reshape(-1, len(scale)) * scale
        linear["intercepts"] = (np.array(linear["intercepts"], np.float64) - weights @ offset).tolist()
        linear["coefficients"] = weights.ravel().tolist()
        folded = helper.make_node(
            "LinearClassifier", list(node.input), list(after.output), domain=after.domain, **linear
        )
        made = [*nodes[:place], folded, *nodes[place + 2 :]]
    return made


def _model(before: ModelProto, nodes: list[NodeProto], constants: list[TensorProto]) -> ModelProto:
    """The last output only: it holds the probabilities, and nothing of ours reads another."""
    graph = helper.make_graph(
        nodes, before.graph.name, list(before.graph.input), [before.graph.output[-1]],
        [*before.graph.initializer, *constants],
    )  # fmt: skip
    versions = {one.domain: one.version for one in before.opset_import}
    trees = any(node.op_type == "TreeEnsemble" for node in nodes)
    versions[ML] = TREE_OPSET if trees else versions.get(ML, 1)
    imports = [helper.make_opsetid(domain, version) for domain, version in sorted(versions.items())]
    model = helper.make_model(graph, opset_imports=imports, ir_version=max(before.ir_version, 10 if trees else 0))
    onnx.checker.check_model(model)
    return model
