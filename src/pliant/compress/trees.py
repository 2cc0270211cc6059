"""Fewer trees: the first rounds of a boosted model are a model too, and cost less."""

from __future__ import annotations

from dataclasses import replace

from pliant.models.base import Fitted
from pliant.runtime.ops import Op


def first_rounds(fitted: Fitted, share: float) -> Fitted:
    """Return a boosted model of the first rounds only, `share` of those it has, at least one.

    A model without rounds, or whose trees are not the same number each round, stays as it is.
    """
    rounds = max(1, round(share * fitted.rounds))
    if not 0 < rounds < fitted.rounds:
        return fitted
    ops = [_first(op, rounds, fitted.rounds) for op in fitted.ops]
    if all(new is old for new, old in zip(ops, fitted.ops, strict=True)):
        return fitted
    return replace(fitted, ops=tuple(ops), rounds=rounds)


def _first(op: Op, rounds: int, of: int) -> Op:
    """Return an op of trees with those of the first rounds; any other op as it is."""
    a_tree = {"trees": ("root", "output"), "oblivious": ("feature", "threshold", "leaves")}
    names = a_tree.get(op.name, ())
    n_trees = len(op.arrays[names[0]]) if names else 0
    if not n_trees or n_trees % of:
        return op
    kept = n_trees // of * rounds
    return replace(op, arrays={**op.arrays, **{name: op.arrays[name][:kept] for name in names}})
