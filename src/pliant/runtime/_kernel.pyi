"""The compiled kernel: see the folder `kernel`. Every function raises ValueError on a wrong array.

What a `pack_` function returns is opaque: it holds a checked copy, and can be used by any thread.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def levels() -> tuple[tuple[str, ...], int]:
    """Return the names of the levels that this processor has, and the number of that in use."""

def use_level(name: str, /) -> None:
    """Hold the kernel to a level."""

def gram_buckets(texts: tuple[str, ...], n_buckets: int, counts: NDArray[np.int64], /) -> bytes:
    """Return the buckets of texts' grams, uint16, one text after another, and write how many each
    has to `counts` (n,). A text is its words, apart by single spaces.
    """

def gram_counts(
    texts: tuple[str, ...], recipe: tuple[int, int, int, int], lengths: NDArray[np.int64], /
) -> tuple[bytes, bytes]:
    """Return the slots, int32, and counts, uint8, of texts' grams, one text after another, and
    write how many each has to `lengths` (n,). A text is its tokens, apart by single spaces.
    """

def pack_convolutions(shape: tuple[int, int, int, int], /, *arrays: NDArray[Any]) -> object:
    """Check and pack layers of convolutions, weights, scales and biases; `shape` has the height,
    width and channels of images, and 1 where the mean of each channel is taken in the end.
    """

def run_convolutions(net: object, images: NDArray[np.uint8], out: NDArray[np.float32], /) -> None:
    """Write the pooled channels of the last layer to `out` (n, V)."""

def pack_gram_model(recipe: tuple[int, int, int, int], /, *arrays: NDArray[Any]) -> object:
    """Check and pack a linear model of grams: slots, offsets, outputs, weights, values, shortest
    lengths, scale and bias.
    """

def score_counts(
    model: object,
    slots: NDArray[np.int32],
    counts: NDArray[np.uint8],
    starts: NDArray[np.int64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the scores of counted texts, as `GramCounts` has them, to `out` (n, V)."""

def score_grams(model: object, texts: tuple[str, ...], out: NDArray[np.float64], /) -> None:
    """Write the scores of texts, their tokens apart by single spaces, to `out` (n, V)."""

def pack_edges(
    columns: NDArray[np.int64], edges: NDArray[np.float64], offsets: NDArray[np.int64], /
) -> object:
    """Return packed edges: code j comes from column `columns[j]` of a matrix."""

def bin_matrix(
    edges: object, values: NDArray[np.float64 | np.float32], codes: NDArray[np.uint8], /
) -> bool:
    """Bin `values` (n, C) into `codes` (n, m), and return whether one that was read is infinite."""

def pack_program(
    inputs: tuple[tuple[int, int], ...],
    steps: tuple[tuple[str, tuple[int, ...], tuple[NDArray[Any], ...], int], ...],
    outputs: tuple[int, ...],
    /,
) -> object:
    """Check and pack a program.

    `inputs` are kind (0 codes, 1 ids, 2 values) and width of each wire of the table; a step is a
    name, the numbers of the wires that it reads, its arrays, and a setting, and makes one wire.
    """

def run_program(
    program: object, inputs: tuple[NDArray[Any], ...], outputs: tuple[NDArray[Any], ...], /
) -> None:
    """Run a program on `inputs` (n, width) of any strides, into C-contiguous `outputs`."""

def run_matrix(
    program: object,
    edges: object,
    values: NDArray[np.float64 | np.float32],
    out: NDArray[np.float64],
    /,
) -> bool:
    """Bin `values` (n, C), run a program from codes to values on them, and return whether one
    that was read is infinite."""

def pack_reader(
    columns: tuple[tuple[str, int, int, int, Any, Any], ...],
    n_codes: int,
    n_ids: int,
    float64: type,
    /,
) -> object:
    """Pack a schema: name, kind, place, width, edges or ids, and a function of each column."""

def read_row(
    reader: object,
    row: dict[Any, Any],
    codes: NDArray[np.uint8],
    ids: NDArray[np.int32],
    /,
) -> bool:
    """Read a row into `codes` (1, C) and `ids` (1, D), and return whether it could be."""
