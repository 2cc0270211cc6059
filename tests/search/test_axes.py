"""Axes: configurations are points and come back as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.models.registry import FAMILIES
from pliant.models.space import Choice, Float, Int
from pliant.search.axes import Axes, Axis

SPACE = {
    "rate": Float(1e-3, 1.0, log=True),
    "share": Float(-2, 3),
    "leaves": Int(1, 500, log=True),
    "depth": Int(0, 7),
    "loss": Choice("l1", "l2", None),
}
CONFIGS = st.fixed_dictionaries(
    {
        "rate": st.floats(1e-3, 1.0),
        "share": st.floats(-2, 3),
        "leaves": st.integers(1, 500),
        "depth": st.integers(0, 7),
        "loss": st.sampled_from(["l1", "l2", None]),
    }
)


@given(CONFIGS)
def test_a_configuration_comes_back(config: dict[str, Any]) -> None:
    axes = Axes(SPACE)
    point = axes.point(config)
    assert ((point >= 0) & (point <= 1))[:4].all()
    back = axes.values(point)
    assert {name: type(value) for name, value in back.items()} == {
        name: type(value) for name, value in config.items()
    }
    assert back["rate"] == pytest.approx(config["rate"])
    assert back["share"] == pytest.approx(config["share"], abs=1e-12)
    assert {k: back[k] for k in ("leaves", "depth", "loss")} == {
        k: config[k] for k in ("leaves", "depth", "loss")
    }
    np.testing.assert_allclose(axes.settled(point[None]), point[None], atol=1e-12)


def test_every_whole_number_has_its_room() -> None:
    """Evenly spread points are evenly many of each, and the rooms fill the axis."""
    axis = Axis(Int(3, 7))
    assert np.bincount(axis.value(np.arange(0.005, 1, 0.01)).astype(int))[3:].tolist() == [20] * 5
    for kind in (Int(3, 7), Int(1, 40, log=True)):
        axis = Axis(kind)
        places = axis.place(np.arange(kind.low, kind.high + 1.0))
        assert axis.room(places).sum() == pytest.approx(1)
    assert Axis(Float(0, 2)).room(np.array([0.1])).tolist() == [0.0]


def test_what_can_be_one_value_alone_is_that() -> None:
    axes = Axes({"a": Float(2.0, 2.0), "b": Int(5, 5), "c": Choice("x")})
    values = {"a": 2.0, "b": 5, "c": "x"}
    point = axes.point(values)
    assert np.isfinite(point).all()
    assert axes.values(point) == values


@pytest.mark.parametrize("name", FAMILIES)
def test_the_spaces_of_our_families_are_axes(name: str) -> None:
    axes = Axes(FAMILIES[name].space)
    drawn = np.random.default_rng(0).random((50, len(axes)))
    drawn = np.where(axes.choices, np.floor(drawn * axes.choices), drawn)
    settled = axes.settled(drawn)
    np.testing.assert_allclose(axes.settled(settled), settled, atol=1e-12)
