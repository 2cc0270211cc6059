"""Ops that describe images and sounds: what they say, what is missing, what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.ops.sounds import LENGTH, drawn

U8 = np.uint8
SIDES = {"height": 8, "width": 8, "channels": 3}


def described(name: str, grids: NDArray[Any], **settings: int) -> NDArray[np.uint8]:
    kind = "audio" if name == "kernels" else "image"
    n = len(grids)
    flat = grids.reshape(n, math.prod(grids.shape[1:])).astype(U8)
    run, wire = prepare(Op(name, (), "out", {}, settings), (Wire(kind, flat.shape[1]),))
    codes = run(flat)
    assert codes.shape == (n, wire.width)
    assert codes.dtype == U8
    return codes


def image(rng: np.random.Generator, n: int = 3) -> NDArray[np.uint8]:
    return rng.integers(1, 256, (n, 8, 8, 3)).astype(U8)


def test_gradients_tell_the_direction_of_an_edge() -> None:
    upright, level = np.full((2, 8, 8, 3), 10, U8)
    upright[:, 4:], level[4:] = 200, 200
    made = described("gradients", np.stack([upright, level]), **SIDES, cells=2, directions=4)
    by_direction = made.reshape(2, 4, 4).sum(axis=1)
    assert by_direction[0].argmax() == 0  # the gradient goes across
    assert by_direction[1].argmax() == 2  # and here down
    assert (by_direction[:, [1, 3]] == 0).all()


def test_gradients_hardly_depend_on_contrast() -> None:
    dark = np.broadcast_to(10 * np.arange(8)[:, None, None], (1, 8, 8, 3))
    made = described("gradients", np.concatenate([dark, dark * 3]), **SIDES, cells=2, directions=9)
    assert np.abs(made[0].astype(int) - made[1]).max() < 40


def test_colours_are_roots_of_shares() -> None:
    pixels = np.zeros((1, 8, 8, 3), U8)
    pixels[:, :4, :, 0] = 255  # the upper half is red
    made = described("colours", pixels, **SIDES, cells=1).reshape(3, 8)
    assert made[0].tolist() == [180, 0, 0, 0, 0, 0, 0, 180]
    assert made[1].tolist() == made[2].tolist() == [255, 0, 0, 0, 0, 0, 0, 0]


def test_kernels_see_sounds_but_not_how_loud_they_are() -> None:
    rng = np.random.default_rng(0)
    sound = rng.integers(50, 150, (4, 40, 64))
    settings = {"height": 40, "width": 64, "channels": 1, "count": 60, "seed": 3}
    one, louder = (described("kernels", s, **settings) for s in (sound, sound + 60))
    assert np.array_equal(one, louder)  # weights add up to 0
    assert len(np.unique(one, axis=0)) == 4
    other = described("kernels", sound, **(settings | {"seed": 4}))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("bands", [1, 5, 8, 40])
def test_every_kernel_is_drawn_once_and_sums_to_0(bands: int) -> None:
    groups = drawn(300, bands, 1)
    numbers = np.concatenate([group.numbers for group in groups])
    assert sorted(numbers.tolist()) == list(range(300))
    for group in groups:
        assert group.weights.shape == ((group.stop - group.start) * LENGTH, len(group.numbers))
        assert (group.weights.sum(axis=0) == 0).all()
        assert 0 <= group.start < group.stop <= bands


@pytest.mark.parametrize("name", ["gradients", "colours", "kernels"])
def test_a_row_alone_is_as_among_others_and_a_missing_one_is_zeros(name: str) -> None:
    sides = {"height": 8, "width": 24, "channels": 1} if name == "kernels" else SIDES
    more = {"gradients": {"cells": 3, "directions": 9}, "colours": {"cells": 3}}
    settings = sides | more.get(name, {"count": 20, "seed": 0})
    grids = image(np.random.default_rng(0))
    grids[1] = 0
    made = described(name, grids, **settings)
    assert (made[1] == 0).all()
    assert made[0].any()
    assert made[2].any()
    assert np.array_equal(described(name, grids[2:], **settings), made[2:])
    assert len(described(name, grids[:0], **settings)) == 0


def test_what_an_untrusted_file_may_say_is_checked() -> None:
    cases: list[tuple[str, dict[str, int], str]] = [
        ("gradients", {**SIDES, "cells": 9, "directions": 9}, "cells between 2 and 8"),
        ("gradients", {**SIDES, "height": 9, "cells": 2, "directions": 9}, "192 bytes a row"),
        ("colours", {**SIDES, "cells": 0}, "cells between 1 and 8"),
        ("kernels", {**SIDES, "count": 3, "seed": 0}, "one channel"),
        ("kernels", {"height": 8, "width": 24, "channels": 1, "seed": 0}, "count between"),
    ]
    for name, settings, said in cases:
        wire = Wire("audio" if name == "kernels" else "image", 192)
        with pytest.raises(ValueError, match=said):
            prepare(Op(name, (), "out", {}, settings), (wire,))
