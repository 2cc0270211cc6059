"""Shapley values of a prediction: exact by enumeration, else by antithetic permutations.

The players of the game are the columns of one row x (Shapley 1953; Štrumbelj & Kononenko 2014). A
coalition is worth what the model says in the mean of rows that have the columns of the coalition
from x and all others from a background row b: the *interventional* value (Janzing et al. 2020;
`shap` calls it so too). It is a mean of B games, one a background row, and a Shapley value is
linear, so each game is solved by itself: columns that x and b share are no players in it.

A game of few players is enumerated, 2^n coalitions. In a larger one players join in a random order
and then in the reverse one (Castro et al. 2009; antithetic: Mitchell et al. 2022). Such a pair is
exact where no three columns interact, so that what is left of the error is small; a second pair of
some games tells how small, and more follow until it is small enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

MAX_PLAYERS = 12
"""Columns of which all coalitions are asked when an exact answer is wanted: 4,096 a game."""

MAX_COALITIONS = 1 << 16
"""Coalitions that are asked at a time, to bound memory."""


class Games(Protocol):
    """B games of P players with V outputs: one row of a table against B background rows."""

    @property
    def differ(self) -> Bools:
        """Who plays in each game, bool (B, P): the columns in which the two rows differ."""
        ...

    @property
    def nobody(self) -> Floats:
        """What the coalition of nobody is worth in each game, (B, V): the background rows."""
        ...

    @property
    def everybody(self) -> Floats:
        """What the coalition of all is worth in every game, (V,): the row itself."""
        ...

    def __call__(self, game: Rows, coalition: Bools) -> Floats:
        """Return what E coalitions, bool (E, P), of the games `game` (E,) are worth, (E, V)."""
        ...


@dataclass(frozen=True)
class Precision:
    """When Shapley values are good enough.

    Attributes
    ----------
    error : float
        The standard error at which sampling stops, as a share of the largest contribution; 0 asks
        for enumeration, which takes `MAX_PLAYERS` columns at most.
    max_pairs : int
        Pairs of orders a game, after which it stops all the same.
    enumerated : int
        Players up to which a game is enumerated: 2^5 coalitions cost what three pairs of orders do.
    trial_share : float
        The share of the games whose second pair tells how large the error is.
    """

    error: float = 0.02
    max_pairs: int = 16
    enumerated: int = 5
    trial_share: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.error < 1:
            raise ConfigError(f"expected an error from 0 to below 1, got {self.error!r}")


def shapley_values(
    games: Games, rng: np.random.Generator, precision: Precision
) -> tuple[Floats, Floats]:
    """Return the mean Shapley value of each player over all games, (P, V), and its standard error.

    They sum to what everybody is worth less what nobody is worth in the mean.
    """
    players = games.differ.sum(axis=1)
    most = MAX_PLAYERS if precision.error == 0 else precision.enumerated
    small, large = np.flatnonzero(players <= most), np.flatnonzero(players > most)
    shape = (*games.differ.shape, len(games.everybody))
    values = np.zeros(shape)
    for n in np.unique(players[small]):
        same = small[players[small] == n]
        per_time = max(1, MAX_COALITIONS >> int(n))
        for start in range(0, len(same), per_time):
            part = same[start : start + per_time]
            values[part] = _enumerated(games, part, int(n))
    sampled = _Sampled(np.zeros(shape), np.zeros(shape), np.zeros(len(players)))
    for part in _schedule(large, precision):
        sampled.add(part, _pair(games, part, rng))
        mean = (values.sum(axis=0) + sampled.mean.sum(axis=0)) / len(players)
        error = sampled.error(large)
        if sampled.repeated and error.max() <= precision.error * np.abs(mean).max():
            break
    if len(large) == 0:
        mean, error = values.mean(axis=0), np.zeros(shape[1:])
    return mean, error


@dataclass(frozen=True)
class _Sampled:
    """Sums (B, P, V) over the pairs of orders of each game, and of squares; how many pairs (B,)."""

    total: Floats
    squares: Floats
    pairs: Floats

    def add(self, games: Rows, found: Floats) -> None:
        """Add what a pair of orders has found in some games."""
        self.total[games] += found
        self.squares[games] += found**2
        self.pairs[games] += 1

    @property
    def repeated(self) -> bool:
        """Whether some game had two pairs."""
        return bool(self.pairs.max() > 1)

    @property
    def mean(self) -> Floats:
        """The mean of each game, 0 where none was sampled."""
        return np.asarray(self.total / np.maximum(self.pairs, 1)[:, None, None])

    def error(self, large: Rows) -> Floats:
        """Return the standard error (P, V) of the mean over all games.

        One variance is taken for all sampled games: that of pairs about their game's mean.
        """
        again = large[self.pairs[large] > 1]
        pairs = self.pairs[again][:, None, None]
        spread = (self.squares[again] - self.total[again] ** 2 / pairs).sum(axis=0)
        variance = np.maximum(spread, 0) / max(float((pairs - 1).sum()), 1.0)
        games = (1 / self.pairs[large]).sum()
        return np.asarray(np.sqrt(variance * games) / len(self.pairs))


def _schedule(large: Rows, precision: Precision) -> Iterator[Rows]:
    """Yield the games that get a pair of orders next: all, some again, the rest again, all..."""
    if len(large) == 0:
        return
    trial = max(2, round(precision.trial_share * len(large)))
    yield large
    yield large[:trial]
    if len(large) > trial:
        yield large[trial:]
    for _ in range(precision.max_pairs - 2):
        yield large


def _enumerated(games: Games, which: Rows, n: int) -> Floats:
    """Return the exact Shapley values (R, P, V) of games that have n players each."""
    differ = games.differ[which]
    out = np.zeros((*differ.shape, len(games.everybody)))
    if n == 0:
        return out
    players = np.argsort(~differ, axis=1, kind="stable")[:, :n]
    inner = _subsets(n)[1:-1]
    coalitions = np.zeros((len(which), len(inner), differ.shape[1]), dtype=bool)
    shape = len(which), len(inner), n
    places = np.broadcast_to(players[:, None, :], shape)
    np.put_along_axis(coalitions, places, np.broadcast_to(inner, shape), axis=2)
    worth = np.empty((len(which), 1 << n, out.shape[2]))
    worth[:, 0], worth[:, -1] = games.nobody[which], games.everybody
    flat = coalitions.reshape(-1, differ.shape[1])
    asked = games(np.repeat(which, len(inner)), flat)
    worth[:, 1:-1] = asked.reshape(len(which), len(inner), out.shape[2])
    found = np.einsum("ps,rsv->rpv", _weights(n), worth)
    np.put_along_axis(out, np.broadcast_to(players[:, :, None], found.shape), found, axis=1)
    return out


@cache
def _subsets(n: int) -> Bools:
    """Return all coalitions of n players, bool (2^n, n): of nobody first, of all last."""
    return np.asarray((np.arange(1 << n)[:, None] >> np.arange(n)) & 1, dtype=bool)


@cache
def _weights(n: int) -> Floats:
    """Return what each coalition counts in the Shapley value of each player, (n, 2^n)."""
    subsets = _subsets(n)
    size = subsets.sum(axis=1)
    ways = [factorial(k) * factorial(n - 1 - k) / factorial(n) for k in range(n)]
    joined = np.array([0.0, *ways])[size]  # with the player, who joined the size - 1 others
    without = np.array([*ways, 0.0])[size]
    return np.asarray(np.where(subsets, joined[:, None], -without[:, None]).T)


def _pair(games: Games, which: Rows, rng: np.random.Generator) -> Floats:
    """Return what players add (R, P, V), in some games, in a random order and in its reverse.

    The coalition of the first k in one order and that of all but these in the other are asked.
    """
    differ = games.differ[which]
    count = differ.sum(axis=1)
    rank = np.where(differ, rng.random(differ.shape), 2.0).argsort(axis=1).argsort(axis=1)
    row = np.repeat(np.arange(len(which)), count - 1)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    first = rank[row] < step[:, None]
    rest = differ[row] & ~first
    worth = games(which[np.concatenate([row, row])], np.concatenate([first, rest]))
    every = np.arange(len(which))
    shape = len(which), differ.shape[1] + 1, worth.shape[1]
    there, back = np.empty(shape), np.empty(shape)
    there[:, 0], there[every, count] = games.nobody[which], games.everybody
    back[:, 0], back[every, count] = games.everybody, games.nobody[which]
    there[row, step], back[row, step] = worth[: len(row)], worth[len(row) :]
    place = np.where(differ, rank, 0)
    own = every[:, None]
    gain = there[own, place + 1] - there[own, place] + back[own, place] - back[own, place + 1]
    return np.asarray(gain * (0.5 * differ[:, :, None]))
