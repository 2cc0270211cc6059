"""What is tried where a model is made smaller, and how it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pliant.compress.distill.recipes import Recipe, recipes
from pliant.compress.distill.transfer_size import TransferSize


@dataclass(frozen=True)
class ShrinkOptions:
    """What is tried where a model is made smaller, and how it is measured.

    Parameters
    ----------
    recipes : sequence of Recipe or None
        The students, those that take the most time last; None are ours for the size of the file.
    transfer : TransferSize
        How many rows students learn from.
    shown_seconds : float
        How long the latency of each offer is measured where people look at it.
    """

    recipes: Sequence[Recipe] | None = None
    transfer: TransferSize = field(default_factory=TransferSize)
    shown_seconds: float = 0.2

    def students(
        self, families: Sequence[str], n_outputs: int, most: float | None
    ) -> Sequence[Recipe]:
        """Return the recipes of students of these families, of at most so many bytes each.

        Examples
        --------
        >>> [recipe.label for recipe in ShrinkOptions().students(["additive"], 1, None)]
        ['tables']
        """
        return recipes(families, n_outputs, most) if self.recipes is None else self.recipes
