"""Vectors: each number of a column's vectors is a feature, binned by the training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.features.block import Block, number_feature
from pliant.runtime.binning import bin_numbers
from pliant.runtime.ops import Op
from pliant.runtime.schema import OwnPlane


def vector_block(own: OwnPlane, vectors: NDArray[np.float32]) -> Block:
    """Return the features of a column whose training rows are `vectors` float32 (n, W)."""
    books = [learn_numbers(values.astype(np.float64)) for values in vectors.T]
    edges = np.concatenate([np.empty(0), *(book.edges for book in books)])
    offsets = np.cumsum([0, *(len(book.edges) for book in books)], dtype=np.int64)
    op = Op("bin", (own.wire,), f"{own.wire}.features", {"edges": edges, "offsets": offsets})
    names = (f"{own.name}[{j}]" for j in range(len(books)))
    features = tuple(number_feature(name, book) for name, book in zip(names, books, strict=True))
    return Block((op,), op.output, features, bin_numbers(vectors, edges, offsets))
