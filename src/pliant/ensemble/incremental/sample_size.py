"""How many rows are worth being searched on in so many seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleSize:
    """How many rows of a table a search sees; what it chose then learns from all of them.

    Parameters
    ----------
    whole_cells_per_second : int
        Cells for each second of the budget up to which a table is searched on whole.
    cells_per_second : int
        Cells of the sample of a larger one: so few that many candidates are tried, since the chosen
        ones learn from all rows afterwards. give_me_some_credit drawn 60 times, 378,000 a second,
        has an AUC of 0.863 then, and of 0.851 searched on whole; kddcup99 at 507,000 a second the
        same log loss either way, 0.0014.
    characters_per_second : int
        Characters of text for each second of the budget: hashing them, once, and what a split makes
        of them then take about a tenth of it (25,000 reviews of 33 million characters: 1.4 s of
        processor time and 1.0 s a split).
    untimed_cells : int
        Cells of a store that are searched on without a deadline.
    min_rows : int
        Rows that are searched on however little time or memory there is.

    Examples
    --------
    >>> SampleSize().within(60.0, 1_000_000, 10), SampleSize().within(60.0, 10_000_000, 10)
    (1000000, 300000)
    >>> SampleSize().within(60.0, 100_000, 1, characters=5_000.0)
    24000
    """

    whole_cells_per_second: int = 300_000
    cells_per_second: int = 50_000
    characters_per_second: int = 2_000_000
    untimed_cells: int = 10_000_000
    min_rows: int = 2_000

    def within(self, seconds: float, n_rows: int, n_columns: int, characters: float = 0.0) -> int:
        """Return how many of so many rows a search of so many seconds should see.

        A row has so many `characters` of text.
        """
        columns, most = max(1, n_columns), n_rows
        if n_rows * columns > self.whole_cells_per_second * seconds:
            most = int(self.cells_per_second * seconds / columns)
        if n_rows * characters > self.characters_per_second * seconds:
            most = min(most, int(self.characters_per_second * seconds / characters))
        return min(n_rows, max(self.min_rows, most))

    def untimed(self, n_columns: int) -> float:
        """Return how many rows of so many columns a search without a deadline should see."""
        return max(self.min_rows, self.untimed_cells / max(1, n_columns))
