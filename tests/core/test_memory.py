"""Sizes of memory, and what does not fit into it."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier, ConfigError
from pliant.core.memory import available_memory, give_back, parse_bytes, resident_memory
from pliant.models.base import Shape
from pliant.models.registry import FAMILIES
from pliant.training.cost import fit_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("4 gb", 4 * 10**9), ("4G", 4 * 10**9), ("1.5GiB", 3 * 2**29), (7, 7)],
)
def test_sizes_are_read(text: str | int, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "4XB", "-1GB", "0", "nan", "1e30TB"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a size"):
        parse_bytes(text)


def test_there_is_memory() -> None:
    assert available_memory() > 10**8
    assert resident_memory() > 10**7
    assert resident_memory(2**22 + 1) == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_more_rows_need_more_memory(family: str) -> None:
    small, large = (fit_bytes(FAMILIES[family], Shape(n, 20, 1, 1)) for n in (10**4, 10**6))
    assert 0 < small < large


def test_what_does_not_fit_is_left_out_and_said() -> None:
    """A linear model on so many columns needs more than it may take; the additive one does not.

    It soon stops: there is little to learn.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 200))
    y = X[:, 0] + 3 * rng.normal(size=20_000) > 0
    memory = resident_memory() + 500 * 10**6
    model = Classifier(trials=2, models=["additive", "linear"], memory=memory, n_jobs=1, cv=FEW)
    model.fit(X, y)
    status = {t.candidate.family: (t.status, t.reason) for t in model.trials_}
    assert status["additive"] == ("done", "")
    assert status["linear"][0] == "failed"
    assert status["linear"][1].startswith("left out: a fit needs about 0.40 GB")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked to")
def test_what_was_freed_is_given_back() -> None:
    kept = [np.ones(120) for _ in range(50_000)]
    last = kept[-1]  # it lies behind all others, which can then not be given back by themselves
    kept.clear()
    before = resident_memory()
    give_back()
    assert resident_memory() < before - 20 * 10**6
    assert last.all()
