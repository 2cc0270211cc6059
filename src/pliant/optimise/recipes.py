"""Recipes of students: small models, each the best of its size that we know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pliant.models.additive import AdditiveConfig
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig

MOST_LEAF_VALUES = 80_000
"""Leaf values that a student of oblivious trees may have: some 320 kB."""


@dataclass(frozen=True)
class Recipe:
    """A family, a configuration, and the most rounds that it is trained for."""

    family: str
    label: str
    config: Any
    rounds: int


def recipes(families: Sequence[str], n_outputs: int) -> list[Recipe]:
    """Return the recipes of the given families, the quickest to train first."""
    found = [
        Recipe("additive", "tables", AdditiveConfig(), 150),
        Recipe("lightgbm", "16 leaves", LightGBMConfig(0.15, 16, 20), max(20, 200 // n_outputs)),
    ]
    for depth, rate, rounds in (
        (4, 0.4, 40),
        (6, 0.3, 100),
        (6, 0.15, 300),
        (7, 0.1, 500),
        (7, 0.08, 1000),
    ):
        values = rounds * 2**depth * n_outputs
        if values <= 2 * MOST_LEAF_VALUES:
            label = f"{rounds} of depth {depth}"
            ridge = 3.0 if rounds < 500 else 1.0
            found.append(Recipe("catboost", label, CatBoostConfig(rate, depth, ridge), rounds))
    return [recipe for recipe in found if recipe.family in families]
