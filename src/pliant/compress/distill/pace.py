"""The pace of fits: what earlier students took tells how many rounds there is time for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pliant.compress.distill.recipes import MIN_SHARE, Recipe
from pliant.models.base import Shape
from pliant.models.boosting import BoostingConfig
from pliant.models.registry import FAMILIES


@dataclass(frozen=True)
class Pace:
    """Seconds of fits, as multiples of what their families expect, by family and way to learn."""

    _known: dict[tuple[str, bool], float] = field(default_factory=dict)

    def note(
        self, recipe: Recipe, shape: Shape, distilled: bool, rounds: int, seconds: float
    ) -> None:
        """Remember a fit of so many rounds."""
        if rounds:
            expected = rounds * _round(recipe, shape)
            self._known[recipe.family, distilled] = seconds / max(expected, 1e-9)

    def within(
        self, recipe: Recipe, shape: Shape, distilled: bool, seconds: float | None
    ) -> Recipe | None:
        """Return a recipe with as many rounds as there are seconds for, of steps that are as much
        larger; None where that were less than a share `MIN_SHARE` of its rounds."""
        factor = self._known.get((recipe.family, distilled))
        if factor is None or seconds is None or not isinstance(recipe.config, BoostingConfig):
            return recipe
        taken = factor * recipe.rounds * _round(recipe, shape)
        share = min(1.0, seconds / max(taken, 1e-9))
        if share < MIN_SHARE:
            return None
        config = FAMILIES[recipe.family].cheaper(recipe.config, 1 / share)
        return replace(recipe, config=config, rounds=max(1, int(share * recipe.rounds)))


def _round(recipe: Recipe, shape: Shape) -> float:
    """Return about how long a round takes, up to a factor: families know the seconds of a fit,
    whose rounds are as many as its steps are small."""
    seconds = FAMILIES[recipe.family].seconds(recipe.config, shape)
    return float(seconds * recipe.config.learning_rate)
