"""What Pliant sets out to hold against its peers, and whether the lines bear it out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.board.board import Board, Entrant

BUDGET, SOONER = 60.0, 30.0
MANY_ROWS = 100_000
WIN_RATES = {
    "autogluon_medium": 0.65,
    "flaml": 0.65,
    "h2o": 0.65,
    "catboost": 0.80,
    "lightgbm": 0.80,
    "histgb": 0.80,
}
OURS, RIVAL = Entrant("pliant", BUDGET), Entrant("autogluon_medium", BUDGET)


@dataclass(frozen=True)
class Claim:
    """A limit, what was measured, and whether it holds."""

    limit: str
    measured: str
    holds: bool


def check(board: Board) -> list[Claim]:
    """Check every claim that the lines can tell of."""
    full = board.only(lambda line: line["budget"] == BUDGET)
    if OURS not in full.entrants:
        return []
    claims = [_first(full), *_wins(full), _no_failure(full), _budget(board)]
    if RIVAL in full.entrants:
        claims += _sooner(board)
    return claims


def _first(board: Board) -> Claim:
    ranks = {entrant: board.mean_rank(entrant) for entrant in board.entrants}
    place = 1 + sum(rank < ranks[OURS] for rank in ranks.values())
    measured = f"place {place} of {len(ranks)} with {ranks[OURS]:.2f}"
    return Claim("first by mean rank", measured, place == 1)


def _wins(board: Board) -> Iterator[Claim]:
    large = board.only(lambda line: board.fact(line["dataset"], "train_rows") > MANY_ROWS)
    for system, least in WIN_RATES.items():
        other = Entrant(system, BUDGET)
        if other not in board.entrants:
            continue
        duel = board.duel(OURS, other)
        measured = f"{duel.rate:.0%} ({duel})"
        if large.sets:
            measured += f"; above {MANY_ROWS:,} rows {large.duel(OURS, other)}"
        yield Claim(f"wins against {system} ≥ {least:.0%}", measured, duel.rate >= least)


def _no_failure(board: Board) -> Claim:
    failed = board.failures(OURS)
    return Claim("no run fails", f"{failed} failed", failed == 0)


def _budget(board: Board) -> Claim:
    """The fit ends within its budget; below 2 s importing libraries alone takes longer."""
    own = [x for x in board.lines if x["system"] == OURS.system and x["fit_seconds"] is not None]
    shares = [x["fit_seconds"] / max(x["budget"], 2.0) for x in own]
    longest = max(shares, default=math.inf)
    return Claim("the budget holds", f"at most {longest:.0%} used in {len(own)} runs", longest <= 1)


def _sooner(board: Board) -> Iterator[Claim]:
    early = Entrant(OURS.system, SOONER)
    if early in board.entrants:
        duel = board.duel(early, RIVAL)
        total = duel.wins + duel.ties + duel.losses
        reached = duel.wins + duel.ties
        limit = f"{RIVAL.system}'s score of {BUDGET:g} s in {SOONER:g} s on half of the sets"
        yield Claim(limit, f"{reached} of {total}", reached >= total / 2)
