"""What every op means, on examples small enough to do by hand, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pliant.runtime.grams import GramRecipe
from pliant.runtime.ngrams import buckets_of
from pliant.runtime.ops import MODULES, OPS, Op, Wire, prepare
from pliant.runtime.ops import values as value_ops
from pliant.runtime.raw import Strings

U8, U16, I32, I64, F32, F64 = np.uint8, np.uint16, np.int32, np.int64, np.float32, np.float64


def op_of(name: str, settings: dict[str, Any] | None = None, **arrays: Any) -> Op:
    return Op(name, (), "out", arrays, settings or {})


def wire_of(value: Any) -> Wire:
    if isinstance(value, Strings):
        return Wire("text", 1)
    kind = {"uint8": "codes", "int32": "ids"}.get(value.dtype.name, "values")
    return Wire(kind, value.shape[1])


def run(op: Op, *inputs: Any) -> np.ndarray:
    call, wire = prepare(op, tuple(wire_of(value) for value in inputs))
    out = call(*inputs)
    assert wire == wire_of(out)
    return out


def refused(op: Op, *wires: Wire) -> str:
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        prepare(op, wires)
    message = str(caught.value)
    assert "\n" not in message
    return message


CODES = np.array([[0, 10, 255], [1, 20, 0]], dtype=U8)
IDS = np.array([[0, 5], [2, 1]], dtype=I32)


GRIDS = {"gradients", "colours", "kernels", "convolutions"}
"""Ops of images and sounds: `test_grid_ops.py`."""


def test_every_op_is_in_this_file() -> None:
    assert len(MODULES) == 9
    assert set(OPS) - GRIDS == {
        *("gather", "lookup", "cross", "ngrams", "bin", "concat"),
        *("decode", "arithmetic", "dense", "neighbours", "trees", "oblivious", "tables"),
        *("link", "mix", "affine", "cascade", "gram_scores", "scores"),
    }


@pytest.mark.parametrize("columns", [[2, 0], [0, 1, 2], [1]])
def test_gather(columns: list[int]) -> None:
    out = run(op_of("gather", columns=np.array(columns, U16)), CODES)
    assert out.tolist() == CODES[:, columns].tolist()
    assert out.flags.c_contiguous


def lookup_op(**changes: Any) -> Op:
    arrays = {
        "columns": np.array([1, 0], U16),
        "offsets": np.array([0, 3, 6], I64),
        "table": np.array([7, 8, 9, 40, 50, 60], U8),
    }
    return op_of("lookup", **(arrays | changes))


def test_lookup_reads_an_id_beyond_its_table_as_unseen() -> None:
    assert run(lookup_op(), IDS).tolist() == [[8, 40], [8, 60]]


def cross_op(**changes: Any) -> Op:
    arrays = {
        "first": np.array([0, 1], U16),
        "second": np.array([1, 0], U16),
        "base": np.array([10, 10], I64),
        "keys": np.array([5, 21, 10], I64),
        "offsets": np.array([0, 2, 3], I64),
    }
    return op_of("cross", **(arrays | changes))


def test_cross_numbers_the_known_pairs() -> None:
    # First cross: keys 0*10+5 = 5 and 2*10+1 = 21, both known. Second: 50 and 12, neither.
    assert run(cross_op(), IDS).tolist() == [[2, 1], [3, 1]]


def test_ngrams_is_the_mean_of_weights_times_the_root_of_their_number() -> None:
    weights = np.random.default_rng(0).normal(size=(64, 2)).astype(F32)
    text = Strings(np.array([1, -1, 0, 2], I32), ["Red fox", "red fox", "!"])
    out = run(op_of("ngrams", weights=weights), text)
    found = buckets_of("red fox", 64)
    np.testing.assert_allclose(out[0], weights[found].sum(axis=0) / len(found) ** 0.5, rtol=1e-6)
    assert np.array_equal(out[2], out[0])
    assert np.isnan(out[1]).all()
    assert out[3].tolist() == [0, 0]


def test_bin_codes_values_column_by_column() -> None:
    op = op_of("bin", edges=np.array([1.0, 2.0, 5.0]), offsets=np.array([0, 2, 3], I64))
    values = np.array([[1.0, 5.0], [1.5, 5.1], [9.0, np.nan]])
    assert run(op, values).tolist() == [[1, 1], [2, 2], [3, 0]]
    assert run(op, values.astype(F32)).tolist() == [[1, 1], [2, 2], [3, 0]]


def test_concat() -> None:
    out = run(op_of("concat"), CODES, CODES[:, :1])
    assert out.tolist() == [[0, 10, 255, 0], [1, 20, 0, 1]]


def arithmetic_op(**changed: np.ndarray) -> Op:
    arrays = {"first": np.array([0, 0, 0], U16), "second": np.array([1, 1, 1], U16)}
    arrays["kind"] = np.array([0, 1, 2], np.uint8)
    return op_of("arithmetic", **(arrays | changed))


def test_arithmetic_joins_numbers_and_keeps_what_is_missing() -> None:
    values = np.array([[6.0, 3.0], [1.0, 0.0], [np.nan, 2.0]], F32)
    out = run(arithmetic_op(), values)
    assert out[0].tolist() == [3.0, 18.0, 2.0]
    assert out[1, :2].tolist() == [1.0, 0.0]
    assert np.isnan(out[1, 2])
    assert np.isnan(out[2]).all()


def test_decode_reads_any_code_of_a_byte() -> None:
    table = np.zeros((3, 256), F32)
    table[0, 255], table[1, 0], table[2, 20] = 1.5, -2.0, 7.0
    op = op_of("decode", feature=np.array([2, 2, 1], U16), table=table)
    assert run(op, CODES).tolist() == [[1.5, 0.0, 0.0], [0.0, -2.0, 7.0]]


@pytest.mark.parametrize(
    ("activation", "wanted"),
    [
        ("identity", [[-1.0, 4.0]]),
        ("relu", [[0.0, 4.0]]),
        ("tanh", [[np.tanh(-1), np.tanh(4)]]),
        ("silu", [[-1 / (1 + np.e), 4 / (1 + np.exp(-4))]]),
    ],
)
def test_dense(activation: str, wanted: list[list[float]]) -> None:
    weight, bias = np.array([[1, 2], [3, 4]], F32), np.array([-5, -2], F32)
    op = op_of("dense", {"activation": activation}, weight=weight, bias=bias)
    np.testing.assert_allclose(run(op, np.array([[1.0, 1.0]])), wanted, rtol=1e-6)


def test_silu_of_a_great_negative_number_is_zero() -> None:
    assert value_ops.activate(np.array([-1000.0], F32), "silu")[0] == 0


def test_neighbours_weigh_by_distance() -> None:
    points = np.array([[0, 0], [3, 4], [100, 0]], F32)
    answers = np.array([[1, 0], [0, 1], [5, 5]], F32)
    op = op_of("neighbours", {"k": 2}, points=points, answers=answers)
    out = run(op, np.array([[0, 0], [3, 4], [1.5, 2]], F32))
    share = (1 / 1e-3) / (1 / 1e-3 + 1 / 5.001)
    wanted = [[share, 1 - share], [1 - share, share], [0.5, 0.5]]
    np.testing.assert_allclose(out, wanted, atol=1e-5)


def test_of_neighbours_that_are_equally_near_the_first_ones_count() -> None:
    points = np.array([[1], [2], [-1], [1], [0.5], [-0.5]], F32)
    answers = np.eye(6, dtype=F32)
    op = op_of("neighbours", {"k": 4}, points=points, answers=answers)
    out = run(op, np.zeros((50, 1), F32))
    assert np.array_equal(out, np.tile(out[:1], (50, 1)))
    assert np.flatnonzero(out[0]).tolist() == [0, 2, 4, 5]


def test_neighbours_in_pieces_are_the_same() -> None:
    """Of 20,000 points 200 rows are looked at together."""
    rng = np.random.default_rng(0)
    arrays = {"points": rng.normal(size=(20_000, 3)), "answers": rng.normal(size=(20_000, 2))}
    op = op_of("neighbours", {"k": 5}, **{k: v.astype(F32) for k, v in arrays.items()})
    values = rng.normal(size=(433, 3)).astype(F32)
    parts = [run(op, part) for part in np.array_split(values, 7)]
    np.testing.assert_allclose(run(op, values), np.concatenate(parts), rtol=1e-5)


def trees_op(settings: dict[str, Any] | None = None, **changes: Any) -> Op:
    arrays = {
        "feature": np.array([2], U16),
        "threshold": np.array([254], U8),
        "left": np.array([~0], I32),
        "right": np.array([~1], I32),
        "root": np.array([0, ~2], I32),
        "output": np.array([0, 1], U16),
        "leaves": np.array([[1], [2], [0.5]], F32),
    }
    return op_of("trees", settings or {"outputs": 2}, **(arrays | changes))


def test_trees_sum_their_leaves() -> None:
    assert run(trees_op(), CODES).tolist() == [[2, 0.5], [1, 0.5]]


def oblivious_op(settings: dict[str, Any] | None = None, **changes: Any) -> Op:
    arrays = {
        "feature": np.array([[0, 2]], U16),
        "threshold": np.array([[0, 0]], U8),
        "leaves": np.arange(4, dtype=F32).reshape(1, 4, 1),
    }
    return op_of("oblivious", settings or {"outputs": 1}, **(arrays | changes))


def test_oblivious_trees_read_their_questions_as_bits() -> None:
    assert run(oblivious_op(), CODES).tolist() == [[2.0], [1.0]]


def tables_op(**changes: Any) -> Op:
    arrays = {
        "feature": np.array([0, 1], U16),
        "offsets": np.array([0, 2, 13], I64),
        "table": np.arange(13, dtype=F32)[:, None] * np.array([[1, 10]], F32),
        "bias": np.array([0.5, 0.0]),
    }
    return op_of("tables", **(arrays | changes))


def test_tables_read_a_code_beyond_their_part_as_the_last() -> None:
    # Codes 0 and 10 read rows 0 and 12; codes 1 and 20 rows 1 and, at most, 12.
    assert run(tables_op(), CODES).tolist() == [[12.5, 120.0], [13.5, 130.0]]


@pytest.mark.parametrize(
    ("function", "score", "wanted"),
    [
        ("identity", [[3.0]], [[3.0]]),
        ("sigmoid", [[0.0], [1000.0], [-1000.0]], [[0.5], [1.0], [0.0]]),
        ("softmax", [[0.0, np.log(3)], [1000.0, 1000.0]], [[0.25, 0.75], [0.5, 0.5]]),
        ("simplex", [[2.0], [-1.0], [0.4]], [[1.0], [0.0], [0.4]]),
        ("simplex", [[0.5, 1.5], [0.1, 0.1]], [[1 / 3, 2 / 3], [0.5, 0.5]]),
        ("simplex", [[-1.0, -1.0]], [[0.0, 0.0]]),
    ],
)
def test_link(function: str, score: list[list[float]], wanted: list[list[float]]) -> None:
    out = run(op_of("link", {"function": function}), np.array(score))
    np.testing.assert_allclose(out, wanted, atol=1e-12)


def test_mix_and_affine() -> None:
    first, second = np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])
    out = run(op_of("mix", weights=np.array([0.75, 0.25])), first, second)
    assert out.tolist() == [[3.25, 6.5]]
    op = op_of("affine", scale=np.array([2.0, 3.0]), shift=np.array([1.0, -1.0]))
    assert run(op, first).tolist() == [[3.0, 5.0]]


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ([[0.2], [0.4], [0.5], [0.6], [np.nan]], [0.2, 9.0, 9.0, 9.0, np.nan]),
        ([[0.5, 0.5, 0.0], [0.7, 0.1, 0.2]], [0.5, 9.0]),
    ],
)
def test_cascade_takes_the_second_where_the_first_is_unsure(
    first: list[list[float]], wanted: list[float]
) -> None:
    one = np.array(first)
    out = run(op_of("cascade", between=np.array([0.4, 0.6])), one, np.full(one.shape, 9.0))
    np.testing.assert_array_equal(out[:, 0], wanted)


def gram_op(**arrays: NDArray[Any]) -> Op:
    """Return a model of words in 8 slots: slot 2 says 1 and 3 of both outputs, slot 6 says -2."""
    known: dict[str, NDArray[Any]] = {
        "slots": np.array([2, 6], I32),
        "offsets": np.array([0, 2, 3], I64),
        "outputs": np.array([0, 1, 1], U16),
        "weights": np.array([1, 3, -2], np.int8),
        "scale": np.array([1.0, 0.5]),
        "bias": np.array([0.0, 10.0]),
    }
    return op_of("gram_scores", {"words": 1, "low": 0, "high": 0, "bits": 3}, **(known | arrays))


def test_gram_scores_add_weights_by_damped_counts() -> None:
    recipe = GramRecipe(1, 0, 0, 3)
    words = {next(recipe.slots_of(word)): word for word in "abcdefghijklmnop"}
    text = Strings(np.array([0, 1, -1], I32), [f"{words[2]} {words[2]}", f"{words[2]} {words[6]}"])
    twice, both, none = run(gram_op(), text)
    assert twice.tolist() == [1.0, 11.5]  # a text of one gram has its whole length
    np.testing.assert_allclose(both, [1 / np.sqrt(2), 10 + 0.5 / np.sqrt(2)])
    assert none.tolist() == [0.0, 10.0]
    op = gram_op()
    op = replace(op, settings=op.settings | {"shortest": 100 * 27**2})
    np.testing.assert_allclose(run(op, text)[0], [0.1, 10.15])  # 27 is what two of a gram are worth
    with pytest.raises(ValueError, match="expected shortest between 1"):
        run(replace(op, settings=op.settings | {"shortest": 0}), text)


def scores_op(weights: Any = ((1, 0), (0, 2), (-1, 3))) -> Op:
    arrays = {"weights": np.array(weights, np.int16), "scale": np.array([0.5, 1.0])}
    return op_of("scores", bias=np.array([0.0, 7.0]), **arrays)


def test_scores_are_exact_sums_and_missing_where_all_codes_are_0() -> None:
    assert run(scores_op(), CODES).tolist() == [[-127.5, 792.0], [0.5, 47.0]]
    two = prepare(scores_op(), (Wire("codes", 1), Wire("codes", 2)))[0]
    assert two(CODES[:, :1], CODES[:, 1:]).tolist() == [[-127.5, 792.0], [0.5, 47.0]]
    assert np.isnan(run(scores_op(), np.zeros((1, 3), U8))).all()


def test_scores_refuse_weights_that_do_not_fit() -> None:
    assert "(3, V)" in refused(scores_op([[1, 0]]), Wire("codes", 3))
    assert "inputs of codes" in refused(scores_op(), Wire("values", 3))


@pytest.mark.parametrize("name", sorted(set(OPS) - GRIDS - {"cascade"}))
def test_no_row_gives_no_row(name: str) -> None:
    examples: dict[str, tuple[Op, Any]] = {
        "gather": (op_of("gather", columns=np.array([0], U16)), CODES),
        "lookup": (lookup_op(), IDS),
        "cross": (cross_op(), IDS),
        "ngrams": (op_of("ngrams", weights=np.ones((4, 1), F32)), Strings(IDS[:, 0], ["a"] * 3)),
        "bin": (op_of("bin", edges=np.ones(1), offsets=np.array([0, 1], I64)), np.ones((2, 1))),
        "concat": (op_of("concat"), CODES),
        "decode": (
            op_of("decode", feature=np.array([0], U16), table=np.ones((1, 256), F32)),
            CODES,
        ),
        "arithmetic": (arithmetic_op(), np.ones((2, 2), F32)),
        "dense": (
            op_of(
                "dense", {"activation": "relu"}, weight=np.ones((1, 1), F32), bias=np.ones(1, F32)
            ),
            np.ones((2, 1)),
        ),
        "neighbours": (
            op_of(
                "neighbours", {"k": 1}, points=np.ones((2, 1), F32), answers=np.ones((2, 1), F32)
            ),
            np.ones((2, 1), F32),
        ),
        "trees": (trees_op(), CODES),
        "oblivious": (oblivious_op(), CODES),
        "tables": (tables_op(), CODES),
        "link": (op_of("link", {"function": "softmax"}), np.ones((2, 3))),
        "mix": (op_of("mix", weights=np.ones(1)), np.ones((2, 3))),
        "scores": (scores_op(), CODES),
        "gram_scores": (gram_op(), Strings(IDS[:, 0], ["a"] * 3)),
        "affine": (op_of("affine", scale=np.ones(3), shift=np.ones(3)), np.ones((2, 3))),
    }
    op, value = examples[name]
    none = np.arange(0)
    assert len(run(op, value.take(none) if isinstance(value, Strings) else value[none])) == 0
    assert len(run(op, value)) == 2


CODES_IN, IDS_IN, VALUES_IN = Wire("codes", 3), Wire("ids", 2), Wire("values", 2)


@pytest.mark.parametrize(
    ("op", "wire", "message"),
    [
        (op_of("gather", columns=np.array([3], U16)), CODES_IN, "columns from 0 to 2, got 3..3"),
        (op_of("gather", columns=np.array([0], I64)), CODES_IN, "columns as uint16"),
        (op_of("gather"), CODES_IN, "got none"),
        (op_of("gather", columns=np.array([0], U16)), IDS_IN, "one input of codes"),
        (lookup_op(columns=np.array([2, 0], U16)), IDS_IN, "columns from 0 to 1"),
        (lookup_op(offsets=np.array([0, 3, 7], I64)), IDS_IN, "offsets to cut 6"),
        (lookup_op(offsets=np.array([0, 6], I64)), IDS_IN, "into 2 non-empty parts"),
        (lookup_op(offsets=np.array([0, 5, 6], I64)), IDS_IN, "missing and unseen"),
        (lookup_op(offsets=np.array([3, 0, 6], I64)), IDS_IN, "offsets"),
        (cross_op(base=np.array([1], I64)), IDS_IN, "of one length"),
        (cross_op(first=np.array([0, 9], U16)), IDS_IN, "first from 0 to 1"),
        (cross_op(second=np.array([0, 9], U16)), IDS_IN, "second from 0 to 1"),
        (cross_op(keys=np.array([5, 21], I64)), IDS_IN, "offsets to cut 2"),
        (op_of("ngrams", weights=np.ones((0, 1), F32)), Wire("text", 1), "one bucket"),
        (op_of("ngrams", weights=np.ones((4, 0), F32)), Wire("text", 1), "one output"),
        (op_of("ngrams", weights=np.ones((4, 1), F32)), CODES_IN, "one input of text"),
        (gram_op(), CODES_IN, "one input of text"),
        (gram_op(slots=np.array([2, 8], I32)), Wire("text", 1), "slots from 0 to 7"),
        (gram_op(slots=np.array([6, 2], I32)), Wire("text", 1), "slots that ascend"),
        (gram_op(offsets=np.array([0, 4, 3], I64)), Wire("text", 1), "cut 3 weights"),
        (gram_op(offsets=np.array([0, 3], I64)), Wire("text", 1), "cut 3 weights"),
        (gram_op(outputs=np.array([0, 1, 2], U16)), Wire("text", 1), "outputs from 0 to 1"),
        (gram_op(outputs=np.array([0], U16)), Wire("text", 1), "cut 3 weights"),
        (gram_op(scale=np.ones(1)), Wire("text", 1), "a scale and a bias an output"),
        (gram_op(weights=np.ones(3, F32)), Wire("text", 1), "weights as int8"),
        (op_of("bin", edges=np.ones(1), offsets=np.array([0, 1], I64)), VALUES_IN, "of 2 columns"),
        (op_of("bin", edges=np.ones(1), offsets=np.array([0, 0, 9], I64)), VALUES_IN, "offsets"),
        (
            op_of("bin", edges=np.array([2.0, 1.0]), offsets=np.array([0, 2, 2], I64)),
            VALUES_IN,
            "sorted edges",
        ),
        (op_of("concat"), VALUES_IN, "inputs of codes"),
        (arithmetic_op(), CODES_IN, "one input of values"),
        (arithmetic_op(second=np.array([0], U16)), VALUES_IN, "of one length"),
        (arithmetic_op(first=np.array([0, 0, 2], U16)), VALUES_IN, "first from 0 to 1"),
        (arithmetic_op(second=np.array([0, 0, 2], U16)), VALUES_IN, "second from 0 to 1"),
        (arithmetic_op(kind=np.array([0, 1, 3], np.uint8)), VALUES_IN, "kind from 0 to 2"),
        (arithmetic_op(kind=np.array([0, 1, 2], I64)), VALUES_IN, "kind as uint8"),
        (
            op_of("decode", feature=np.array([3], U16), table=np.ones((1, 256), F32)),
            CODES_IN,
            "feat",
        ),
        (
            op_of("decode", feature=np.array([0], U16), table=np.ones((1, 255), F32)),
            CODES_IN,
            "256",
        ),
        (
            op_of(
                "dense", {"activation": "gelu"}, weight=np.ones((2, 1), F32), bias=np.ones(1, F32)
            ),
            VALUES_IN,
            "one of identity, relu, silu, tanh, got 'gelu'",
        ),
        (
            op_of(
                "dense", {"activation": "relu"}, weight=np.ones((3, 1), F32), bias=np.ones(1, F32)
            ),
            VALUES_IN,
            "weights \\(2, 1\\)",
        ),
        (
            op_of(
                "neighbours", {"k": 3}, points=np.ones((2, 2), F32), answers=np.ones((2, 1), F32)
            ),
            VALUES_IN,
            "k between 1 and 2, got 3",
        ),
        (
            op_of(
                "neighbours", {"k": 1}, points=np.ones((2, 2), F32), answers=np.ones((1, 1), F32)
            ),
            VALUES_IN,
            "points",
        ),
        (
            op_of(
                "neighbours", {"k": 1}, points=np.ones((0, 2), F32), answers=np.ones((0, 1), F32)
            ),
            VALUES_IN,
            "m >= 1",
        ),
        (trees_op({"outputs": 1}), CODES_IN, "1 outputs"),
        (trees_op({"outputs": True}), CODES_IN, "outputs between 1"),
        (trees_op(feature=np.array([3], U16)), CODES_IN, "features below 3"),
        (trees_op(left=np.array([0], I32)), CODES_IN, "left\\[0\\]"),
        (trees_op(right=np.array([~3], I32)), CODES_IN, "right\\[0\\]"),
        (trees_op(root=np.array([1, ~2], I32)), CODES_IN, "root\\[0\\]"),
        (trees_op(threshold=np.array([1], I32)), CODES_IN, "threshold"),
        (op_of("trees", {"outputs": 1}), CODES_IN, "array feature"),
        (oblivious_op({"outputs": 2}), CODES_IN, "leaves"),
        (oblivious_op(feature=np.array([[0, 3]], U16)), CODES_IN, "features below 3"),
        (tables_op(feature=np.array([0, 3], U16)), CODES_IN, "feature from 0 to 2"),
        (tables_op(bias=np.ones(3)), CODES_IN, "bias of 2 values, got 3"),
        (tables_op(offsets=np.array([0, 0, 13], I64)), CODES_IN, "non-empty"),
        (op_of("link", {"function": "probit"}), VALUES_IN, "got 'probit'"),
        (op_of("link", {"function": ["sigmoid"]}), VALUES_IN, "function to be one of"),
        (op_of("mix", weights=np.ones(2)), VALUES_IN, "got 2 for 1"),
        (op_of("cascade", between=np.ones(3)), VALUES_IN, "two bounds, got 3"),
        (op_of("cascade", between=np.ones(2)), VALUES_IN, "two inputs"),
        (op_of("mix", weights=np.ones(1)), CODES_IN, "values of one width"),
        (op_of("affine", scale=np.ones(2), shift=np.ones(1)), VALUES_IN, "2 scales and shifts"),
        (op_of("exec", code=np.ones(1)), VALUES_IN, "one of the ops .* got 'exec'"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(op: Op, wire: Wire, message: str) -> None:
    with pytest.raises(ValueError, match=f"^expected .*{message}") as caught:
        prepare(op, (wire,))
    assert "\n" not in str(caught.value)


def test_an_op_with_no_input_or_two_is_refused() -> None:
    op = op_of("gather", columns=np.array([0], U16))
    assert "got []" in refused(op)
    assert "['codes', 'codes']" in refused(op, CODES_IN, CODES_IN)
    assert "values of one width" in refused(
        op_of("mix", weights=np.ones(2)), VALUES_IN, Wire("values", 3)
    )
