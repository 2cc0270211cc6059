"""The plan: how a budget is spent on a table of a given size. A pure function, frozen data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pliant.core.config import Budget
from pliant.features.block import READ
from pliant.models.base import Shape
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.halving import Halving
from pliant.training.folds import Folds
from pliant.training.records import Candidate

SEARCH_SHARE = 0.62
"""Of the seconds, about what search will get when folds are chosen."""

MAX_VALID = 20_000
"""Validation rows beyond which a score hardly gets more certain."""

MIN_PROPOSALS, ROWS_A_PROPOSAL = 10, 40
"""Configurations that are searched, by rows: on few rows the best of many is the luckiest
(credit-g, 60 s: the best of 280 had a validation AUC of 0.810 and a test AUC of 0.794, an ensemble
of the defaults 0.803)."""

WORTH_TWO = 4.0
"""Seconds from which two splits, fitted at the same time, are worth the work of preparing them."""

UNTIMED = 600.0
"""Seconds that a budget in trials plans as."""

VIEW_SECONDS_A_ROW, VIEW_SHARE = 3e-6, 0.05
"""What seeing a split in another way takes (200,000 rows: 0.19 s crossed, 0.54 s arithmetic), and
of the seconds, what all splits may take for it."""

CANDIDATES_WANTED = 6
"""Candidates that each number of folds must leave time for; fewer, and folds are given up."""

LIKELY_MEMBERS = 4
"""Trials, the best ones, whose refits are counted on."""

MANY_CLASSES = 10
"""Classes beyond which trees, one a class and round, cost so much that all else comes first."""


INSTANT_SHARE = 0.03
"""Of longer searches, what the first candidate gets where it takes no time: a model that is there
whatever comes."""

BESIDE_SHARE = 0.6
"""Of the search, what a family gets that takes all the seconds it has, where others learn from
columns that it does not see."""

ENOUGH_SHARE, LEAST_SHARE = 0.25, 0.6
"""Of the seconds: where a fit as such a family likes it best takes no more than the first, it is a
candidate like any other; where one as cheap as it can be takes more than the second, the last."""

LED_ROWS = 5_000
"""Rows below which folds say more than one fit would gain."""

HELD_OUT = 2_500
"""Rows, at most, that are held out of one fit that gets nearly all the seconds."""


@dataclass(frozen=True)
class Plan:
    """How a budget is spent.

    `candidates` come in the order of their trial; then the Bayesian search may try `proposals`
    configurations. `folds` splits validate `share` of the rows each, and that `repeats` times
    over, each time split anew. `seconds` count from the start to the end of everything; None when
    only `trials` count. Refits of the best `members` are counted on. `first_share` is what the
    first candidate may take of the search: little where it takes next to no time. `halving` says
    when candidates are tried on fewer rows first.
    """

    candidates: tuple[Candidate, ...]
    proposals: int
    folds: int
    repeats: int
    share: float
    seconds: float | None
    trials: int | None
    members: int = LIKELY_MEMBERS
    first_share: float = INSTANT_SHARE
    halving: Halving = field(default_factory=Halving)


def make_plan(
    shape: Shape,
    budget: Budget,
    families: Sequence[str],
    policy: Folds | None = None,
    grids: Shape | None = None,
) -> Plan:
    """Return how to spend a budget on a table of `shape.rows` rows and about so many features.

    `grids` is the size of a fit that reads its images and sounds, where it has any.
    """
    policy = policy or Folds()
    folds = _folds(shape, budget.seconds, policy)
    held_out = folds <= 2 and policy.fixed is None
    share = min(0.2, MAX_VALID / shape.rows) if held_out else 1 / folds
    if budget.seconds is not None:
        viewing = VIEW_SECONDS_A_ROW * shape.rows * folds
        too_long = viewing > VIEW_SHARE * budget.seconds
        views = tuple(v for v in shape.views if v in READ or not too_long)
        shape = replace(shape, views=views)
    plan = Plan(
        candidates=portfolio(families, shape),
        proposals=max(MIN_PROPOSALS, shape.rows // ROWS_A_PROPOSAL),
        folds=folds,
        repeats=policy.repeats(shape.rows, folds),
        share=share,
        seconds=budget.seconds,
        trials=budget.trials,
    )
    if grids is None:
        return plan
    return _for_anytime(plan, replace(grids, threads=shape.threads), policy.fixed is not None)


def _for_anytime(plan: Plan, shape: Shape, folds_fixed: bool) -> Plan:
    """Return a plan in which families that take all the seconds they have come where these are best
    spent: first, in one fit that gets nearly all of them, where they are few but enough.

    On a clock alone: without one, a fit takes no more than its configuration says. Folds that a
    user wants are kept.
    """
    greedy = [c for c in plan.candidates if FAMILIES[c.family].anytime]
    if plan.seconds is None or not greedy:
        return plan
    family, config = FAMILIES[greedy[0].family], greedy[0].config
    best, cheapest = (
        family.seconds(each, shape) / plan.seconds for each in (config, family.cheaper(config, 1e9))
    )
    others = tuple(c for c in plan.candidates if c not in greedy)
    if cheapest > LEAST_SHARE and others:
        return replace(plan, candidates=(*others, *greedy))
    if best <= ENOUGH_SHARE or shape.rows < LED_ROWS or folds_fixed:
        return plan
    return replace(
        plan,
        candidates=(greedy[0], *others, *greedy[1:]),
        folds=1,
        repeats=1,
        share=min(0.2, HELD_OUT / shape.rows),
        members=0,
        first_share=BESIDE_SHARE if shape.features else 1.0,
    )


def _folds(shape: Shape, seconds: float | None, policy: Folds) -> int:
    """Return how many splits: many where rows are few; where time is short, one a thread or one.

    Splits are fitted at the same time, a thread each. Without a deadline, nothing may depend on the
    machine.
    """
    if policy.fixed is not None:
        return policy.fixed
    if seconds is None:
        shape, seconds = replace(shape, threads=1), UNTIMED
    family = FAMILIES["lightgbm"]
    alone = replace(shape, threads=1)
    one_fit = family.seconds(default_config(family), alone)
    by_rows = policy.most(shape.rows)
    least = 4 if shape.rows < 500 else 2
    for folds in (8, 6, 4, 2):
        waves = -(-folds // shape.threads)
        affordable = CANDIDATES_WANTED * waves * one_fit <= seconds * SEARCH_SHARE
        if least <= folds <= by_rows and affordable:
            return folds
    if least > 2:
        return least
    return min(2, shape.threads) if seconds >= WORTH_TWO else 1


def portfolio(families: Sequence[str], shape: Shape) -> tuple[Candidate, ...]:
    """Return the defaults of the given families by their rank, which is their expected gain a
    second.

    Those that read pairs of columns are among them where there are such pairs. With many classes,
    families of a tree a class come after the first boosted trees and all others. Families that read
    text, or grids, are left out where there is none, unless no others are given.
    """
    ranked: list[tuple[float, Candidate]] = []
    seen = ("plain", *shape.views)
    able = [name for name in families if FAMILIES[name].view in seen]
    for name in able or families:
        own = FAMILIES[name].view if able else "plain"
        for label, default in FAMILIES[name].defaults.items():
            ranked.append((default.rank, Candidate(name, label, default.config, own)))
            for view in set(shape.views) & set(default.views):
                candidate = Candidate(name, f"{label} {view}", default.config, view)
                ranked.append((default.views[view], candidate))
    wanted = [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]
    if shape.outputs > MANY_CLASSES:
        wanted[2:] = sorted(wanted[2:], key=lambda c: FAMILIES[c.family].per_class)
    return tuple(wanted)
