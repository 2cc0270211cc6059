"""Images and sounds: scores of ridge regressions on what describes them, learned out of fold.

No weights are downloaded: this is a floor, which models that learn to see are to beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.processors import processors
from pliant.features.block import Block
from pliant.features.ridge import learn_ridge
from pliant.features.scored import ScoredColumn, frequent
from pliant.features.target_encoding import Supervision
from pliant.runtime.coded import Coded, between
from pliant.runtime.kinds import GridCodebook
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.run import run_steps, steps_of
from pliant.runtime.parts import in_parts
from pliant.runtime.schema import OwnPlane, Schema

MAX_ANSWERS = 32
"""Answers beyond which only the most frequent classes get a score."""

KERNELS = 500
"""Random kernels of a sound (spoken digits, official split: 0.997 of the test rows right)."""

CELLS, DIRECTIONS, COLOUR_CELLS = 6, 9, 4
"""Cells of a side and directions of histograms of gradients, and cells of those of colours."""


DESCRIPTIONS = ("gradients", "colours", "kernels")
"""The ops that describe images and sounds, the same in all splits of a table."""

Described = Mapping[str, NDArray[np.uint8]]
"""Descriptions of rows, uint8 (n, p) each, by the wire of the op that makes it."""


def with_descriptions(schema: Schema, coded: Coded) -> Coded:
    """Return the same rows, their images and sounds described: once for all splits of them."""
    described = dict(coded.described)
    for own in schema.grids:
        described.update(_described(own, coded))
    return replace(coded, described=described) if described else coded


def _described(own: OwnPlane, coded: Coded) -> Described:
    """Return the descriptions of a column, made on all processors unless they are there."""
    ops = describing(own)
    if all(op.output in coded.described for op in ops):
        return {op.output: coded.described[op.output] for op in ops}
    steps = steps_of(ops, {own.wire: Wire(own.book.plane, own.book.width)})
    grids = coded.own[own.wire]

    def work(a: int, b: int) -> dict[str, Any]:
        part = {own.wire: between(grids, a, b)}
        return run_steps(steps, part, b - a)

    parts = in_parts(len(coded), processors(), work)
    return {op.output: np.concatenate([part[op.output] for part in parts]) for op in ops}


def grid_block(own: OwnPlane, coded: Coded, supervision: Supervision) -> Block:
    """Return the features of a column of images or sounds; `coded` are the training rows."""
    described = _described(own, coded)
    ops = describing(own)
    codes = np.concatenate([described[op.output] for op in ops], axis=1)
    there = codes.any(axis=1)
    answers = frequent(supervision.answers, MAX_ANSWERS)
    seen = replace(supervision, answers=answers, weight=supervision.weight * there)
    scores, ridge = learn_ridge(codes, seen)
    scores[~there] = np.nan
    column = ScoredColumn(own.name, own.book.plane, own.wire)
    scored = ridge.op([op.output for op in ops], column.scores)
    return column.block([*ops, scored], scores)


def describing(own: OwnPlane) -> Sequence[Op]:
    """Return the ops that describe a column by codes, each reading its plane."""
    assert isinstance(own.book, GridCodebook)
    height, width, channels = own.book.shape
    sides = {"height": height, "width": width, "channels": channels}
    return (_image if own.book.plane == "image" else _sound)(own.wire, sides)


def _sound(wire: str, sides: Mapping[str, int]) -> list[Op]:
    settings = {**sides, "count": KERNELS, "seed": 0}
    return [Op("kernels", (wire,), f"{wire}.kernels", {}, settings)]


def _image(wire: str, sides: Mapping[str, int]) -> list[Op]:
    least = min(sides["height"], sides["width"])
    ops = [
        Op("colours", (wire,), f"{wire}.colours", {}, {**sides, "cells": min(COLOUR_CELLS, least)})
    ]
    if least > 1:
        settings = {**sides, "cells": min(CELLS, least), "directions": DIRECTIONS}
        ops.append(Op("gradients", (wire,), f"{wire}.gradients", {}, settings))
    return ops
