"""Crosses: pairs of categories, where a table has nothing else."""

from __future__ import annotations

import numpy as np

from pliant.data.target import Target
from pliant.features.block import Block
from pliant.features.crosses import MAX_COLUMNS, cross_block
from pliant.features.target_encoding import Supervision
from pliant.runtime.ops import Wire, prepare


def ids_of(n: int, columns: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 6, (n, columns)).astype(np.int32)


def supervision(ids: np.ndarray) -> Supervision:
    exclusive = (ids[:, 0] % 2) ^ (ids[:, 1] % 2)
    return Supervision.of(Target("binary", exclusive.astype(np.int64), (0, 1)), None, None, 0)


def codes_of(block: Block, ids: np.ndarray) -> np.ndarray:
    made, wires = {"ids": ids}, {"ids": Wire("ids", ids.shape[1])}
    for op in block.ops:
        run, wires[op.output] = prepare(op, tuple(wires[i] for i in op.inputs))
        made[op.output] = run(*[made[i] for i in op.inputs])
    return made[block.output]


def test_a_pair_tells_what_neither_category_does() -> None:
    ids = ids_of(2_000, 2)
    block = cross_block(ids, [("a", 6), ("b", 6)], supervision(ids))
    assert block is not None
    assert [f.name for f in block.features] == ["a x b:mean0", "a x b:count"]
    wanted = supervision(ids).answers[:, 0] == 1
    for found in (codes_of(block, ids)[:, 0], block.train[:, 0]):
        assert found[wanted].min() > found[~wanted].max()


def test_all_pairs_are_made_and_an_unknown_one_reads_as_unseen() -> None:
    ids = ids_of(500, 3)
    known = ids[~((ids[:, 0] == 3) & (ids[:, 1] == 3))]
    block = cross_block(known, [(f"c{j}", 6) for j in range(3)], supervision(known))
    assert block is not None
    assert len(block.features) == 6
    wide, _ = prepare(block.ops[0], (Wire("ids", 3),))
    pairs = wide(np.array([[3, 3, 3], known[0]], dtype=np.int32))
    assert pairs[0, 0] == 1
    assert pairs[1].min() >= 2


def test_tables_without_use_for_crosses_get_none() -> None:
    ids = ids_of(100, 2)
    supervised = supervision(ids)
    assert cross_block(ids[:, :1], [("a", 6)], supervised) is None
    assert cross_block(ids, [("a", 6), ("b", 4)], supervised) is None
    many = [(f"c{j}", 6) for j in range(MAX_COLUMNS + 1)]
    assert cross_block(ids_of(100, len(many)), many, supervised) is None
    three = Target("multiclass", np.arange(100) % 3, (0, 1, 2))
    several = Supervision.of(three, None, None, 0)
    assert cross_block(ids, [("a", 6), ("b", 6)], several) is None


def test_pairs_that_are_all_rare_still_make_a_program() -> None:
    ids = np.column_stack([np.arange(2, 22), np.arange(2, 22)]).astype(np.int32)
    block = cross_block(ids, [("a", 22), ("b", 22)], supervision(ids))
    assert block is not None
    assert codes_of(block, ids).shape == block.train.shape
