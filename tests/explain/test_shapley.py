"""Shapley values: against their definition, and by the laws that make them unique."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.core.errors import ConfigError
from pliant.explain.shapley import Bools, Floats, Precision, Rows, shapley_values

EXACT = Precision(error=0)


@dataclass(frozen=True)
class TableGames:
    """Games given by the worth of every coalition of P players, (B, 2^P, V)."""

    worth: Floats
    differ: Bools

    @classmethod
    def drawn(cls, n_games: int, n_players: int, outputs: int = 1, seed: int = 0) -> TableGames:
        rng = np.random.default_rng(seed)
        worth = rng.normal(size=(n_games, 1 << n_players, outputs))
        differ = rng.random((n_games, n_players)) < 0.8
        worth[:, -1] = worth[0, -1]  # the row itself, against any background
        return cls(worth, differ).of_players()

    def of_players(self) -> TableGames:
        """Return the games in which those who do not play change nothing."""
        bits = 1 << np.arange(self.differ.shape[1])
        absent = (~self.differ * bits).sum(axis=1)
        every = np.arange(self.worth.shape[1])
        worth = np.stack([w[every | a] for w, a in zip(self.worth, absent, strict=True)])
        return TableGames(worth, self.differ)

    @property
    def nobody(self) -> Floats:
        return self.worth[:, 0]

    @property
    def everybody(self) -> Floats:
        return self.worth[0, -1]

    def __call__(self, game: Rows, coalition: Bools) -> Floats:
        number = (coalition * (1 << np.arange(coalition.shape[1]))).sum(axis=1)
        return self.worth[game, number]


def by_definition(games: TableGames) -> Floats:
    """Return the mean of what players add over all orders in which they may join."""
    n = games.differ.shape[1]
    total = np.zeros((n, games.worth.shape[2]))
    orders = list(permutations(range(n)))
    for worth in games.worth:
        for order in orders:
            before = 0
            for player in order:
                total[player] += worth[before | 1 << player] - worth[before]
                before |= 1 << player
    return total / (len(orders) * len(games.worth))


def solved(games: TableGames, precision: Precision = EXACT, seed: int = 0) -> Floats:
    return shapley_values(games, np.random.default_rng(seed), precision)[0]


seeds, counts = st.integers(0, 10_000), st.integers(1, 5)


@given(seeds, counts, st.integers(1, 3))
@settings(max_examples=25)
def test_enumeration_is_the_definition(seed: int, n: int, outputs: int) -> None:
    games = TableGames.drawn(4, n, outputs, seed)
    assert np.allclose(solved(games), by_definition(games), atol=1e-12)


@given(seeds, counts, st.booleans())
@settings(max_examples=25)
def test_efficiency(seed: int, n: int, exact: bool) -> None:
    """They add up to what everybody is worth less what nobody is, sampled ones too."""
    games = TableGames.drawn(5, n, 2, seed)
    precision = EXACT if exact else Precision(0.5, enumerated=0)
    gap = games.everybody - games.nobody.mean(axis=0)
    assert np.allclose(solved(games, precision).sum(axis=0), gap, atol=1e-12)


@given(seeds, st.integers(2, 5))
@settings(max_examples=20)
def test_linearity(seed: int, n: int) -> None:
    a, b = TableGames.drawn(3, n, 1, seed), TableGames.drawn(3, n, 1, seed + 1)
    both = [
        TableGames(w, np.ones_like(a.differ)) for w in (a.worth, b.worth, 2 * a.worth - b.worth)
    ]
    first, second, mixed = map(solved, both)
    assert np.allclose(mixed, 2 * first - second, atol=1e-12)


@given(seeds, st.integers(2, 5))
@settings(max_examples=20)
def test_symmetry(seed: int, n: int) -> None:
    """Two players who always add the same get the same."""
    numbers = np.arange(1 << n)
    swapped = (numbers & ~3) | (numbers & 1) << 1 | (numbers & 2) >> 1
    worth = np.random.default_rng(seed).normal(size=(2, 1 << n, 1))
    worth[:, -1] = worth[0, -1]
    games = TableGames((worth + worth[:, swapped]) / 2, np.ones((2, n), dtype=bool))
    found = solved(games)
    assert np.allclose(found[0], found[1], atol=1e-12)


@given(seeds, st.integers(2, 5), st.booleans())
@settings(max_examples=20)
def test_dummy(seed: int, n: int, exact: bool) -> None:
    """Who adds nothing to any coalition gets nothing, whether or not it is told to be no player."""
    without = np.arange(1 << n) & ~1
    games = TableGames.drawn(3, n, 1, seed)
    games.worth[:, -2] = games.everybody
    games = TableGames(games.worth[:, without], np.ones_like(games.differ))
    found = solved(games, EXACT if exact else Precision(0.5, enumerated=0))
    assert np.allclose(found[0], 0, atol=1e-12)


@given(seeds, st.integers(3, 7))
@settings(max_examples=20)
def test_one_pair_of_orders_is_exact_without_interactions_of_three(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    subsets = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    pairs = np.einsum("si,ij,sj->s", subsets, rng.normal(size=(n, n)), subsets)
    games = TableGames(np.tile(pairs[:, None], (2, 1, 1)), np.ones((2, n), dtype=bool))
    sampled = solved(games, Precision(0.02, max_pairs=2, enumerated=0))
    assert np.allclose(sampled, solved(games), atol=1e-10)


def test_sampling_stops_when_it_is_as_precise_as_asked() -> None:
    games = TableGames.drawn(24, 6, 1, 3)
    truth, asked = solved(games), Precision(0.2, max_pairs=1000, enumerated=0)
    rough, error = shapley_values(games, np.random.default_rng(0), asked)
    assert 0 < error.max() <= 0.2 * np.abs(rough).max()
    many = [shapley_values(games, np.random.default_rng(s), asked) for s in range(10)]
    z = np.array([(found - truth) / spread for found, spread in many])
    assert 0.6 < np.sqrt((z**2).mean()) < 1.4  # errors are as large as is said
    fine, _ = shapley_values(games, np.random.default_rng(0), Precision(0.02, 1000, 0))
    assert np.abs(fine - truth).max() < np.abs(rough - truth).max()


def test_sampling_ends_at_its_most_pairs() -> None:
    games = TableGames.drawn(3, 6, 1, 0)
    few = Precision(1e-9, max_pairs=3, enumerated=0)
    _, error = shapley_values(games, np.random.default_rng(0), few)
    assert error.max() > 1e-9


def test_rows_that_do_not_differ_have_nothing_to_tell() -> None:
    games = TableGames(np.ones((3, 4, 1)), np.zeros((3, 2), dtype=bool))
    for precision in (EXACT, Precision()):
        values, error = shapley_values(games, np.random.default_rng(0), precision)
        assert not values.any()
        assert not error.any()


@pytest.mark.parametrize("error", [-0.1, 1.0, 7])
def test_an_error_that_makes_no_sense_is_refused(error: float) -> None:
    with pytest.raises(ConfigError, match="expected an error from 0 to below 1"):
        Precision(error)
