"""How many splits a table gets: a policy, which a user may set."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.core.errors import ConfigError


@dataclass(frozen=True)
class Folds:
    """How many folds rows are split into.

    On many rows two are certain enough, and leave time for twice as many candidates (60 s, four
    folds, then two: electricity 6 and 10 candidates, test AUC 0.9765 and 0.9831; diamonds 515.2 and
    511.7; adult 0.9321 and 0.9322).

    Parameters
    ----------
    below : tuple of pairs of int
        Rows and the most folds below them, ascending; on more rows there are two. Where time is
        short there are fewer.
    repeated_below : int
        Rows below which the folds of one split say too little, and are drawn a second time.
    fixed : int or None
        So many folds, drawn once, whatever the rows and the time are.

    Raises
    ------
    ConfigError
        When fewer than two are wanted.

    Examples
    --------
    >>> Folds().most(1_500), Folds().most(50_000), Folds.of(5).fixed
    (8, 2, 5)
    """

    below: tuple[tuple[int, int], ...] = ((2_000, 8), (10_000, 6), (20_000, 4))
    repeated_below: int = 1_000
    fixed: int | None = None

    def __post_init__(self) -> None:
        if self.fixed is not None and (type(self.fixed) is not int or self.fixed < 2):
            raise ConfigError(f"expected at least 2 folds, got {self.fixed!r}")

    @classmethod
    def of(cls, cv: int | Folds | None) -> Folds:
        """Return the policy that a user wrote: a number of folds, a policy, or None for ours."""
        if cv is None or isinstance(cv, Folds):
            return cv or cls()
        return cls(fixed=cv)

    def most(self, n_rows: int) -> int:
        """Return the most folds that so many rows are worth."""
        return next((folds for below, folds in self.below if n_rows < below), 2)

    def repeats(self, n_rows: int, folds: int) -> int:
        """Return how often rows are split into so many folds."""
        full = folds == max((most for _, most in self.below), default=0)
        return 2 if self.fixed is None and full and n_rows < self.repeated_below else 1
