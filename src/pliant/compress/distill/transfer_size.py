"""How large the transfer set is: the rows that students learn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TransferSize:
    """How many rows a student learns from, and about how many more its teacher is asked.

    Parameters
    ----------
    rows : int
        Rows of the table that a student is trained on; more would hardly change so small a model.
    copies : int
        How many times as many rows a teacher is asked about besides.
    max_rows : int
        Rows of a distilled student in all, those that were made up among them.
    max_cells : int
        Cells of those rows; a library may hold each in four bytes, and a row once for each class.

    Examples
    --------
    >>> size = TransferSize()
    >>> size.times(1_000, 10, 1e9), size.times(50_000, 10, 1e9), size.times(1_000, 10, 30_000)
    (30, 6, 3)
    """

    rows: int = 100_000
    copies: int = 29
    max_rows: int = 300_000
    max_cells: int = 20_000_000

    def times(self, n_rows: int, n_features: int, n_cells: float) -> int:
        """Return how many times so many rows are there where they are distilled.

        Memory has room for `n_cells` of them.
        """
        cells = min(self.max_cells, int(n_cells))
        most = min(self.max_rows, cells // max(1, n_features))
        return 1 + max(0, min(self.copies, most // n_rows - 1))
