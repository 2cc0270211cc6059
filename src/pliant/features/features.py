"""Features: what models eat, all of them uint8 codes, fitted on the training rows of a split.

A number is its quantile code. A category is its code where 256 do, and its target statistics.
All of them are ops of a program, so what a model was trained on is what the file computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Table
from pliant.features.arithmetic import arithmetic_block
from pliant.features.block import Block, Feature, View, number_feature, reads
from pliant.features.crosses import cross_block
from pliant.features.media import grid_block
from pliant.features.target_encoding import Supervision, category_block
from pliant.features.text import text_block
from pliant.features.vectors import vector_block
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import GridCodebook, Plane
from pliant.runtime.ops import Op
from pliant.runtime.ops.run import run_steps, steps_of
from pliant.runtime.program import CHUNK_ROWS, input_wires
from pliant.runtime.schema import Schema

FREE: Mapping[str, int] = MappingProxyType({})
"""No column with which predictions must only rise or fall."""

X = "X"
"""The wire that carries the features."""


@dataclass(frozen=True)
class FeatureMap:
    """The ops from an encoded table to the wire `X`, and what its columns mean."""

    ops: tuple[Op, ...]
    features: tuple[Feature, ...]
    schema: Schema
    own: tuple[str, ...] = ()
    """The wires of the planes that models read besides."""

    def __call__(self, coded: Coded) -> NDArray[np.uint8]:
        """Return the features of an encoded table, uint8 (n, F), C-contiguous."""
        steps = steps_of(self.ops, input_wires(self.schema))
        out = np.empty((len(coded), len(self.features)), dtype=np.uint8)
        for a in range(0, len(coded), CHUNK_ROWS):
            part = coded.take(np.arange(a, min(a + CHUNK_ROWS, len(coded))))
            made = run_steps(steps, part.planes, len(part))
            out[a : a + CHUNK_ROWS] = made[X]
        return out

    def planes(self, coded: Coded) -> dict[str, Plane]:
        """Return what models read of an encoded table besides its features, by wire.

        Grids have their shape: uint8 (n, H, W, C).
        """
        planes = {wire: coded.own[wire] for wire in self.own}
        for grid in self.schema.grids:
            plane, book = planes.get(grid.wire), grid.book
            if isinstance(plane, np.ndarray) and isinstance(book, GridCodebook):
                planes[grid.wire] = plane.reshape(len(coded), *book.shape)
        return planes


def fit_features(
    table: Table, seed: int, view: View = "plain", monotone: Mapping[str, int] = FREE
) -> tuple[FeatureMap, NDArray[np.uint8]]:
    """Return the feature map of training rows, and their own features, uint8 (n, F).

    Seen "crossed", pairs of categories are features too, as they are where nothing else is; seen
    as "arithmetic", pairs of numbers are. Seen as "grams", nothing is made of free text, and as
    "grids", nothing of images and sounds. Columns with which predictions must only rise or fall are
    told of by `monotone`, and are in no pair.

    The rows' own features differ from what the map says of them where it uses the target: they
    come from statistics of which the row's own target is no part.
    """
    schema, coded = table.schema, table.coded
    blocks: list[Block] = []
    own = tuple(o.wire for o in schema.own_planes if reads(view, o.book.plane))
    if schema.code_columns or len(own) == len(schema.used):
        columns = np.arange(len(schema.code_columns), dtype=np.uint16)
        features = _numbers(schema, monotone)
        op = Op("gather", ("codes",), "numbers", {"columns": columns})
        blocks.append(Block((op,), "numbers", features, coded.codes))
    blocks += map(vector_block, schema.vectors, coded.vectors)
    blocks += _supervised_blocks(table, seed, view, monotone)
    ops = [op for block in blocks for op in block.ops]
    ops.append(Op("concat", tuple(b.output for b in blocks), X))
    if len(blocks) == 1:
        train = blocks[0].train
    else:
        train = np.concatenate([b.train for b in blocks], axis=1)
    features = tuple(f for b in blocks for f in b.features)
    return FeatureMap(tuple(ops), features, schema, own), np.ascontiguousarray(train)


def _numbers(schema: Schema, monotone: Mapping[str, int]) -> tuple[Feature, ...]:
    """Return the columns of codes as features."""
    return tuple(
        replace(number_feature(name, book), monotone=monotone.get(name, 0))
        for name, book in schema.code_columns
    )


def _supervised_blocks(
    table: Table, seed: int, view: View, monotone: Mapping[str, int]
) -> list[Block]:
    """Return what looks at the target: categories, crosses, text, images, sounds, arithmetic."""
    schema, coded = table.schema, table.coded
    looked_at = schema.id_columns or schema.text_columns or schema.grids
    if not looked_at and view != "arithmetic":
        return []
    supervision = Supervision.of(table.target, table.roles.weight, table.roles.groups, seed)
    columns = [(name, book.n_codes) for name, book in schema.id_columns]
    blocks = [category_block(coded.ids, columns, supervision)]
    if view == "crossed" or not (schema.code_columns or schema.own_planes):
        blocks.append(cross_block(coded.ids, columns, supervision))
    link = "identity" if table.target.task == "regression" else "sigmoid"
    if not reads(view, "text"):
        blocks += [
            text_block(j, name, coded.texts[j], supervision, link)
            for j, name in enumerate(schema.text_columns)
        ]
    grids = [own for own in schema.grids if not reads(view, own.book.plane)]
    blocks += [grid_block(own, coded, supervision) for own in grids]
    if view == "arithmetic":
        numbers = _numbers(schema, monotone)
        blocks.append(arithmetic_block(coded.codes, numbers, supervision))
    return [b for b in blocks if b is not None]
