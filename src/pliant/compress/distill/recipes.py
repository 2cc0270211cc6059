"""Recipes of students: small models, each the best of its size that we know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pliant.models.additive import AdditiveConfig
from pliant.models.boosting import BoostingConfig
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.models.registry import FAMILIES

MAX_BYTES, FOR_TREES, REST = 300_000, 0.9, 4_000
"""Bytes that a student may have where no limit is given; the share of a limit that is for trees,
less what the rest of a file takes, but a third of small limits at least."""

OBLIVIOUS, GENERAL = 1.1, 3.5
"""Bytes a leaf value of oblivious and of general trees, with what leads to it (california_housing:
1,000 oblivious trees of depth 6 in 77 kB; phoneme: 900 trees of 63 leaves in 178 kB)."""

MIN_ROUNDS, MIN_SHARE = 20, 0.25
"""Rounds below which there is no student; nor is one where size or time cut its rounds to less than
such a share, which its steps are too small for."""


@dataclass(frozen=True)
class Recipe:
    """A family, a configuration, and the most rounds that it is trained for.

    `label` has a place, {}, for how many they are.
    """

    family: str
    label: str
    config: Any
    rounds: int

    def within(self, share: float) -> Recipe | None:
        """Return the recipe with a share of its rounds, of steps that are as much larger; None
        where that is less than `MIN_SHARE`. One whose steps cannot be larger stays as it is.
        """
        if share >= 1 or not isinstance(self.config, BoostingConfig):
            return self
        if share < MIN_SHARE:
            return None
        config = FAMILIES[self.family].cheaper(self.config, 1 / share)
        return replace(self, config=config, rounds=max(1, int(share * self.rounds)))


def recipes(families: Sequence[str], n_outputs: int, most: float | None = None) -> list[Recipe]:
    """Return the recipes of the given families, those that take the most time last.

    Students come in three sorts: oblivious trees, the fastest by far; few large trees, where
    ensembles are fast themselves (electricity: 50 trees of 255 leaves lose 0.3 % of the AUC, 1,000
    oblivious ones 1.7 %); and as many trees of small steps as a file may hold, for the last percent
    (california_housing: 2,000 oblivious trees of steps of 0.1 lose 1.3 %, 3,500 of 0.05 lose 0.5).
    `benchmarks/quality/distillation.py` repeats such figures.
    Of many outputs there are fewer rounds, so that no student has more than about `most` bytes.
    """
    most = most or MAX_BYTES
    room = max(FOR_TREES * most - REST, most / 3) / n_outputs
    found = [
        _oblivious(6, 0.15, 300, room),
        _general(31, 0.12, 300, room),
        _general(16, 0.15, 200, room),
        _oblivious(6, 0.3, 100, room),
        _oblivious(4, 0.4, 40, room),
        Recipe("additive", "tables", AdditiveConfig(), 150),
        _general(255, 0.3, 50, room),
        _oblivious(6, 0.1, 1000, room),
        _general(63, 0.05, 900, room),
        _oblivious(6, 0.05, 3700, room),
    ]
    return [r for r in found if r is not None and r.family in families]


def _oblivious(depth: int, rate: float, rounds: int, room: float) -> Recipe | None:
    fitting = min(rounds, int(room / (OBLIVIOUS * 2**depth)))
    if fitting < max(MIN_ROUNDS, MIN_SHARE * rounds):
        return None
    config = CatBoostConfig(rate, depth, 3.0)
    return Recipe("catboost", f"{{}} of depth {depth}", config, fitting)


def _general(leaves: int, rate: float, rounds: int, room: float) -> Recipe | None:
    fitting = min(rounds, int(room / (GENERAL * leaves)))
    if fitting < max(MIN_ROUNDS, MIN_SHARE * rounds):
        return None
    config = LightGBMConfig(rate, leaves, 10 if leaves < 63 else 3)
    return Recipe("lightgbm", f"{{}} of {leaves} leaves", config, fitting)
