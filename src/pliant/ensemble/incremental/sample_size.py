"""How many rows are worth being searched on in so many seconds."""

from __future__ import annotations

WHOLE_CELLS_A_SECOND, SEARCHED_CELLS_A_SECOND = 300_000, 50_000
"""Cells for each second of the budget up to which a table is searched on whole, and those of the
sample of a larger one: so few that many candidates are tried, since the chosen ones learn from all
rows afterwards. give_me_some_credit drawn 60 times, 378,000 a second, has an AUC of 0.863 then, and
of 0.851 searched on whole; kddcup99 at 507,000 a second the same log loss either way, 0.0014."""

CHARACTERS_A_SECOND = 2_000_000
"""Characters of text for each second of the budget: hashing them, once, and what a split makes of
them then take about a tenth of it (25,000 reviews of 33 million characters: 1.4 s of processor time
and 1.0 s a split)."""

MIN_SEARCHED = 2_000
"""Rows that are searched on however little time or memory there is."""


def sample_size(n_rows: int, n_columns: int, seconds: float, characters: float = 0.0) -> int:
    """Return how many of so many rows a search should see; a row has so many `characters` of text.

    Examples
    --------
    >>> sample_size(1_000_000, 10, 60.0), sample_size(10_000_000, 10, 60.0)
    (1000000, 300000)
    >>> sample_size(100_000, 1, 60.0, characters=5_000.0)
    24000
    """
    columns, most = max(1, n_columns), n_rows
    if n_rows * columns > WHOLE_CELLS_A_SECOND * seconds:
        most = int(SEARCHED_CELLS_A_SECOND * seconds / columns)
    if n_rows * characters > CHARACTERS_A_SECOND * seconds:
        most = min(most, int(CHARACTERS_A_SECOND * seconds / characters))
    return min(n_rows, max(MIN_SEARCHED, most))
