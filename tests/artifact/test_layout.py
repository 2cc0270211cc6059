"""Layouts of arrays: what is laid out comes back, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pliant.artifact.codec import DTYPES, ArrayReader, ArrayWriter
from pliant.artifact.layout import LAYOUTS, best_layout, lay_out, restore
from pliant.core.errors import ModelFileError

arrays = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=40))
)


@given(arrays)
def test_every_layout_gives_the_array_back(array: np.ndarray[Any, Any]) -> None:
    for layout in LAYOUTS:
        if layout == "deltas" and array.dtype.kind not in "iu":
            continue
        data = lay_out(array, layout)
        assert len(data) == array.nbytes
        back = restore(data, array.dtype, layout).reshape(array.shape)
        assert back.tobytes() == array.tobytes()
        assert back.flags.writeable
        assert memoryview(back).format == memoryview(array).format


@given(arrays)
def test_a_writer_and_a_reader_agree(array: np.ndarray[Any, Any]) -> None:
    writer = ArrayWriter()
    number = writer.add(array)
    assert writer.add(array.copy()) == number
    reader = ArrayReader(writer.bytes())
    reader.index = writer.index
    found = reader.get(number)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


def test_the_layout_follows_what_the_array_is_like() -> None:
    rng = np.random.default_rng(0)
    assert best_layout(np.cumsum(rng.integers(0, 9, 5_000)).astype(np.int64)) == "deltas"
    assert best_layout(rng.normal(size=5_000).astype(np.float32)) == "planes"
    assert best_layout(rng.choice(rng.normal(size=16), 5_000)) == "plain"


@pytest.mark.parametrize("entry", [["float32", [2], 0, "deltas"], ["uint8", [2], 0, "upside down"]])
def test_a_layout_that_does_not_fit_is_refused(entry: list[Any]) -> None:
    reader = ArrayReader(bytes(8))
    reader.index = [entry]
    with pytest.raises(ModelFileError, match="laid out as"):
        reader.get(0)
