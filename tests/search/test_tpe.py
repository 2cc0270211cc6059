"""TPE: it finds what is good, spreads what is pending, and is as good as Optuna's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import optuna
import pytest

from pliant.models.registry import FAMILIES
from pliant.models.space import Choice, Float, Int, distributions
from pliant.search.tpe import TPE

SPACE = {
    "a": Int(1, 64, log=True),
    "b": Int(1, 10),
    "c": Choice("p", "q", "r", "s"),
    "d": Float(1e-4, 1.0, log=True),
    "e": Float(-5, 5),
}
AHEAD = 4


def value(x: dict[str, Any]) -> float:
    """Return what is greatest, 0, at a=8, b=7, c="r", d=0.01, e=1."""
    off = abs(np.log(x["a"] / 8)) + abs(x["b"] - 7) / 3 + abs(np.log10(x["d"]) + 2)
    return -float(off + abs(x["e"] - 1) / 2 + {"p": 1, "q": 0.5, "r": 0, "s": 0.2}[x["c"]])


def ours(seed: int, trials: int = 60) -> list[float]:
    """Return the values of proposals that are told of with some others pending."""
    tpe, asked, values = TPE(SPACE, seed), [], []
    for _ in range(trials):
        asked.append(tpe.ask())
        if len(asked) > AHEAD:
            number, x = asked.pop(0)
            values.append(value(x))
            tpe.tell(number, values[-1])
    assert tpe.pending == AHEAD
    return values


def optunas(seed: int, trials: int = 60) -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=5, multivariate=True, constant_liar=True
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    asked, values = [], []
    for _ in range(trials):
        asked.append(study.ask(distributions(SPACE)))
        if len(asked) > AHEAD:
            trial = asked.pop(0)
            values.append(value(trial.params))
            study.tell(trial, values[-1])
    return values


def test_it_finds_as_good_ones_as_optuna_does() -> None:
    seeds = range(4)
    found, theirs = (
        np.mean([[max(values), float(np.mean(values[-20:]))] for values in map(way, seeds)], axis=0)
        for way in (ours, optunas)
    )
    drawn = np.mean([np.mean(ours(seed, 4 + AHEAD)) for seed in seeds])  # at random yet
    for best, hers in zip(found, theirs, strict=True):
        assert best > hers - 0.25 * (hers - drawn)


def test_the_same_seed_proposes_the_same() -> None:
    assert ours(3, 30) == ours(3, 30)
    assert ours(3, 30) != ours(4, 30)


def told(seed: int) -> TPE:
    """Return an estimator that knows 30 points, the best of which are in the middle."""
    tpe = TPE({"x": Float(0, 1), "y": Float(0, 1)}, seed)
    for x in np.linspace(0, 1, 30):
        tpe.add({"x": x, "y": x}, -abs(x - 0.5))
    return tpe


def apart(points: list[dict[str, Any]]) -> float:
    """Return how far points are from the nearest other one, in the mean."""
    xy = np.array([[p["x"], p["y"]] for p in points])
    far = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy))
    return float(far.min(axis=1).mean())


def test_what_is_pending_lies_apart() -> None:
    """Fifty proposals of one estimator spread further than those of fifty that know of no other."""
    tpe = told(0)
    assert apart([tpe.ask()[1] for _ in range(50)]) > 1.2 * apart(
        [told(seed).ask()[1] for seed in range(50)]
    )


def test_where_most_fails_less_is_tried() -> None:
    """By chance it would be 0.6 of the proposals."""
    tpe, asked = TPE({"x": Float(0, 1), "y": Float(0, 1)}, 0), []
    for _ in range(80):
        number, values = tpe.ask()
        tpe.tell(number, -np.inf if values["x"] > 0.4 else values["y"] / 100)
        asked.append(values["x"])
    assert np.mean(np.array(asked[-30:]) > 0.4) < 0.4


@pytest.mark.parametrize("name", [n for n, family in FAMILIES.items() if family.space])
def test_proposals_lie_in_the_spaces_of_our_families(name: str) -> None:
    tpe, rng = TPE(FAMILIES[name].space, 0), np.random.default_rng(0)
    for _ in range(30):
        number, values = tpe.ask()
        assert values.keys() == FAMILIES[name].space.keys()
        tpe.tell(number, float(rng.random()))
        for key, kind in FAMILIES[name].space.items():
            inside = values[key] in kind.values if isinstance(kind, Choice) else None
            assert inside if inside is not None else kind.low <= values[key] <= kind.high
            assert isinstance(values[key], int) or not isinstance(kind, Int)


def test_scores_that_are_all_the_same_or_all_failed_are_no_trouble() -> None:
    for score in (0.5, -np.inf):
        tpe = TPE(SPACE, 0)
        for _ in range(40):
            number, _ = tpe.ask()
            tpe.tell(number, score)
        assert len({tuple(tpe.ask()[1].values()) for _ in range(5)}) == 5
