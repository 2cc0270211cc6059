"""Trees that several systems evaluate: trained once on raw values, and checked to agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pliant.compile.onnx.ensemble import general_of
from pliant.models.catboost import oblivious_op
from pliant.models.lightgbm import trees_op
from pliant.runtime.binning import bin_numbers
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.model import Card, Predictor
from pliant.runtime.ops import Op
from pliant.runtime.schema import Column, Schema
from pliant.runtime.trees import OBLIVIOUS_ARRAYS, TREE_ARRAYS, ObliviousArrays, TreeArrays

if TYPE_CHECKING:
    import lightgbm

SHAPES = {
    "trees31": "100 trees of 31 leaves (LightGBM)",
    "trees63": "300 trees of 63 leaves (LightGBM)",
    "oblivious": "100 oblivious trees of 6 levels (CatBoost)",
}
TRAIN_ROWS = 50_000
Predict = Callable[[np.ndarray], np.ndarray]


def raw(n: int, columns: int, seed: int) -> np.ndarray:
    """Return float32 values (n, columns)."""
    return np.random.default_rng(seed).normal(size=(n, columns)).astype(np.float32)


def train(folder: Path, columns: int) -> None:
    """Train the trees of `SHAPES` on one task of two classes."""
    import catboost
    import lightgbm

    X = raw(TRAIN_ROWS, columns, 0)
    rng = np.random.default_rng(1)
    score = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + (X[:, 3:] @ rng.normal(size=columns - 3)) / 3
    y = (score + rng.normal(size=len(X)) > 0).astype(int)
    for leaves, rounds in ((31, 100), (63, 300)):
        params = {"objective": "binary", "num_leaves": leaves, "verbose": -1, "num_threads": 2}
        booster = lightgbm.train(params, lightgbm.Dataset(X, y), rounds)
        booster.save_model(folder / f"trees{leaves}.txt")
    model = catboost.CatBoostClassifier(iterations=100, depth=6, border_count=254, verbose=0)
    model.fit(X, y)
    model.save_model(str(folder / "oblivious.cbm"))
    model.save_model(str(folder / "oblivious.json"), format="json")


def load(folder: Path, name: str) -> Trees:
    """Return trained trees, once all systems were seen to agree on some rows."""
    trees = _oblivious(folder) if name == "oblivious" else _general(folder / f"{name}.txt")
    some = trees.rows(2_000)
    mine = trees.model().predict_proba(some)[:, 1]
    for system, predict in trees.peers(1).items():
        theirs = np.asarray(predict(some))
        theirs = theirs[:, 1] if theirs.ndim == 2 and theirs.shape[1] == 2 else theirs.reshape(-1)
        assert np.abs(mine - theirs).max() < 1e-5, (system, np.abs(mine - theirs).max())
    return trees


@dataclass(frozen=True)
class Trees:
    """Trees as ops over codes, the edges of each column, and who else evaluates them."""

    ops: tuple[Op, ...]
    general: TreeArrays
    edges: tuple[np.ndarray, ...]
    bias: float
    booster: lightgbm.Booster | None
    catboost: Any

    def rows(self, n: int) -> np.ndarray:
        """Return rows that nobody was trained on."""
        return raw(n, len(self.edges), 2)

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Return codes as float32, as ONNX Runtime takes them."""
        offsets = np.cumsum([0, *map(len, self.edges)])
        return bin_numbers(values, np.concatenate(self.edges), offsets).astype(np.float32)

    def model(self) -> Predictor:
        """Return the model of this package."""
        columns = tuple(
            Column(f"x{j}", "number", NumberCodebook(e, np.zeros(len(e) + 1, np.float32)))
            for j, e in enumerate(self.edges)
        )
        link = Op("link", (self.ops[-1].output,), "prediction", {}, {"function": "sigmoid"})
        card = Card("binary", "y", "logloss", None)
        return Predictor(Schema(columns), [*self.ops, link], (0, 1), card)

    def peers(self, threads: int) -> dict[str, Predict]:
        """Return who else predicts from raw values."""
        found: dict[str, Predict] = {"onnxruntime": self.session(on_codes=False, threads=threads)}
        booster, cat = self.booster, self.catboost
        if booster is not None:
            found["lightgbm"] = lambda X: booster.predict(X, num_threads=threads)
        if cat is not None:
            found["catboost"] = lambda X: cat.predict_proba(X, thread_count=threads)
        return found

    def session(self, *, on_codes: bool, threads: int = 1) -> Predict:
        """Return ONNX Runtime on a graph of nothing but these trees and a sigmoid."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        graph = _graph(self, on_codes).SerializeToString()
        session = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
        return lambda X: session.run(None, {"X": X})[0]


def _general(path: Path) -> Trees:
    import lightgbm

    booster = lightgbm.Booster(model_file=path)
    lines = path.read_text().splitlines()
    splits: list[set[float]] = [set() for _ in range(booster.num_feature())]
    for _, pairs in _thresholds(lines):
        for feature, threshold in pairs:
            splits[feature].add(threshold)
    edges = [np.array(sorted(s)) for s in splits]
    for i, pairs in _thresholds(lines):
        codes = [1 + int(np.searchsorted(edges[f], threshold)) for f, threshold in pairs]
        lines[i] = "threshold=" + " ".join(map(str, codes))
    op = trees_op("\n".join(lines), 1)
    op = Op(op.name, ("codes",), op.output, op.arrays, op.settings)
    arrays = TreeArrays(**{name: op.arrays[name] for name in TREE_ARRAYS})
    return Trees((op,), arrays, tuple(edges), 0.0, booster, None)


def _thresholds(lines: list[str]) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Yield, for every tree of LightGBM's text, the line of its thresholds, and with each its
    feature."""
    features: list[int] = []
    for i, line in enumerate(lines):
        name, _, numbers = line.partition("=")
        if name == "split_feature":
            features = [int(f) for f in numbers.split()]
        elif name == "threshold":
            yield i, list(zip(features, map(float, numbers.split()), strict=True))


def _oblivious(folder: Path) -> Trees:
    model = None
    if find_spec("catboost"):  # a peer that may be missing
        import catboost

        model = catboost.CatBoostClassifier()
        model.load_model(str(folder / "oblivious.cbm"))
    described = json.loads((folder / "oblivious.json").read_text())
    splits = [s for tree in described["oblivious_trees"] for s in tree["splits"]]
    n = len(described["features_info"]["float_features"])
    edges = tuple(
        np.array(sorted({s["border"] for s in splits if s["float_feature_index"] == j}))
        for j in range(n)
    )
    for split in splits:
        j = split["float_feature_index"]
        split["border"] = float(1 + np.searchsorted(edges[j], split["border"]))
    trees, shift = oblivious_op(described, 1)
    trees = Op(trees.name, ("codes",), trees.output, trees.arrays, trees.settings)
    arrays = ObliviousArrays(**{name: trees.arrays[name] for name in OBLIVIOUS_ARRAYS})
    bias = float(shift.arrays["shift"][0])
    return Trees((trees, shift), general_of(arrays), edges, bias, None, model)


def _graph(trees: Trees, on_codes: bool) -> Any:
    """Return an ONNX model of one node, the trees and the sigmoid of their sum."""
    from onnx import TensorProto, helper

    nodes = _nodes(trees, on_codes)
    node = helper.make_node("TreeEnsembleRegressor", ["X"], ["sum"], domain="ai.onnx.ml", **nodes)
    link = helper.make_node("Sigmoid", ["sum"], ["p"])
    shape = [None, len(trees.edges)]
    graph = helper.make_graph(
        [node, link],
        "trees",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])],
    )
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=sets, ir_version=8)


def _nodes(trees: Trees, on_codes: bool) -> dict[str, Any]:
    """Return the attributes of ONNX's trees: in each, node numbers from the root on."""
    arrays = trees.general
    rows: list[tuple[int, int, int, float, str, int, int]] = []
    leaves: list[tuple[int, int, float]] = []
    for t, root in enumerate(arrays.root.tolist()):
        number = {root: 0}
        order = [root]
        for at in order:
            if at < 0:
                rows.append((t, number[at], 0, 0.0, "LEAF", 0, 0))
                leaves.append((t, number[at], float(arrays.leaves[~at, 0])))
                continue
            for child in (int(arrays.left[at]), int(arrays.right[at])):
                number[child] = len(order)
                order.append(child)
            feature, code = int(arrays.feature[at]), int(arrays.threshold[at])
            limit = float(code) if on_codes else _raw_limit(trees.edges[feature], code)
            sides = number[int(arrays.left[at])], number[int(arrays.right[at])]
            rows.append((t, number[at], feature, limit, "BRANCH_LEQ", *sides))
    tree, node, feature, value, mode, true, false = (list(c) for c in zip(*rows, strict=True))
    leaf_tree, leaf_node, weight = (list(c) for c in zip(*leaves, strict=True))
    return {
        "nodes_treeids": tree,
        "nodes_nodeids": node,
        "nodes_featureids": feature,
        "nodes_values": value,
        "nodes_modes": mode,
        "nodes_truenodeids": true,
        "nodes_falsenodeids": false,
        "target_treeids": leaf_tree,
        "target_nodeids": leaf_node,
        "target_ids": [0] * len(leaves),
        "target_weights": weight,
        "n_targets": 1,
        "base_values": [trees.bias],
    }


def _raw_limit(edges: np.ndarray, code: int) -> float:
    """Return the greatest float32 that is not above the edge: a code of 255 is above none."""
    if code > len(edges):
        return float(np.finfo(np.float32).max)
    near = np.float32(edges[code - 1])
    return float(
        near if float(near) <= edges[code - 1] else np.nextafter(near, np.float32(-np.inf))
    )
