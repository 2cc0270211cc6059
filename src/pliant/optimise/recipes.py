"""Recipes of students: small models, each the best of its size that we know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pliant.models.additive import AdditiveConfig
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig

MOST_LEAF_VALUES = 130_000
"""Leaf values that a student may have: of two bytes each, some 260 kB."""

FEWEST_ROUNDS = 20


@dataclass(frozen=True)
class Recipe:
    """A family, a configuration, and the most rounds that it is trained for."""

    family: str
    label: str
    config: Any
    rounds: int


def recipes(families: Sequence[str], n_outputs: int) -> list[Recipe]:
    """Return the recipes of the given families, those that promise most first.

    Of many outputs there are fewer rounds, so that no student has more than `MOST_LEAF_VALUES`.
    """
    oblivious = [(6, 0.15, 300), (6, 0.1, 800), (6, 0.1, 2000), (6, 0.3, 100), (4, 0.4, 40)]
    found = [_oblivious(*one, n_outputs) for one in oblivious]
    found.insert(3, _few_leaves(31, 0.12, 300, n_outputs))
    found.insert(4, _few_leaves(16, 0.15, 200, n_outputs))
    found.append(Recipe("additive", "tables", AdditiveConfig(), 150))
    return [r for r in found if r.family in families and r.rounds >= FEWEST_ROUNDS]


def _oblivious(depth: int, rate: float, rounds: int, n_outputs: int) -> Recipe:
    rounds = min(rounds, MOST_LEAF_VALUES // (2**depth * n_outputs))
    config = CatBoostConfig(rate, depth, 3.0)
    return Recipe("catboost", f"{rounds} of depth {depth}", config, rounds)


def _few_leaves(leaves: int, rate: float, rounds: int, n_outputs: int) -> Recipe:
    rounds = min(rounds, MOST_LEAF_VALUES // (2 * leaves * n_outputs))
    return Recipe("lightgbm", f"{leaves} leaves", LightGBMConfig(rate, leaves, 10), rounds)
