"""The compiled kernel: see the folder `kernel`. Every function raises ValueError on a wrong array.

`out` is written and must be C-contiguous. What a `pack_` function returns is opaque: it holds
a checked copy of the trees, and can be run from any thread.
"""

import numpy as np
from numpy.typing import NDArray

def bin_numbers(
    values: NDArray[np.float64],
    edges: NDArray[np.float64],
    offsets: NDArray[np.int64],
    out: NDArray[np.uint8],
    /,
) -> None:
    """Bin `values` (n, C) into `out` (n, C)."""

def bin_column(
    values: NDArray[np.float64], edges: NDArray[np.float64], out: NDArray[np.uint8], /
) -> None:
    """Bin `values` (n,) into `out` (n,)."""

def pack_general(
    feature: NDArray[np.uint16],
    threshold: NDArray[np.uint8],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    root: NDArray[np.int32],
    output: NDArray[np.uint16],
    leaves: NDArray[np.float32],
    /,
) -> object:
    """Check the arrays of a `TreeArrays` and return a packed copy."""

def pack_oblivious(
    feature: NDArray[np.uint16], threshold: NDArray[np.uint8], leaves: NDArray[np.float32], /
) -> object:
    """Check the arrays of an `ObliviousArrays` and return a packed copy."""

def general_trees(packed: object, codes: NDArray[np.uint8], out: NDArray[np.float64], /) -> None:
    """Write the sums of leaf values of every row of `codes` (n, F) to `out` (n, n_outputs)."""

def oblivious_trees(packed: object, codes: NDArray[np.uint8], out: NDArray[np.float64], /) -> None:
    """Write the sums of leaf values of every row of `codes` (n, F) to `out` (n, n_outputs)."""
