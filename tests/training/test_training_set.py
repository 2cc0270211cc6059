"""Datasets: told apart by a key, read once, and shipped without what was made of them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field

import numpy as np

from pliant.models.base import Data
from pliant.testing import family_data
from pliant.training.engines.recent import Recent
from pliant.training.engines.shipment import Shipment, receive
from pliant.training.training_set import TrainingSet


@dataclass(frozen=True)
class Counted:
    """A source that counts how often it is read."""

    reads: list[int] = field(default_factory=list)

    def read(self) -> Data:
        self.reads.append(1)
        return family_data("regression")


def test_rows_are_read_when_they_are_first_asked_for_and_once() -> None:
    source = Counted()
    dataset = TrainingSet(source, (160, 4, 1))
    assert dataset.shape(2).rows == 160
    assert source.reads == []
    assert dataset.data is dataset.data
    assert source.reads == [1]


def test_a_copy_elsewhere_has_the_same_key_and_no_other_has() -> None:
    one, other = (TrainingSet.of(family_data("binary")) for _ in range(2))
    one.data.cached("what a library made", lambda: 1)
    there = pickle.loads(pickle.dumps(one))
    assert there.key == one.key != other.key
    assert there.shape() == one.shape()
    assert there.data.cached("what a library made", lambda: 2) == 2
    assert np.array_equal(there.data.train.X, one.data.train.X)


def test_rows_are_mapped_where_they_are_received() -> None:
    dataset = TrainingSet.of(family_data("binary", n=9_000))
    shipment = Shipment.of(dataset)
    there = receive(shipment.descriptor)
    shipment.close()
    shipment.close()
    X = there.data.train.X
    assert np.array_equal(X, dataset.data.train.X)
    assert not X.flags.owndata
    assert not X.flags.writeable


def test_a_file_is_closed_with_its_last_reference() -> None:
    import os

    recent = Recent[Shipment](1)
    first = recent.get("first", lambda: Shipment.of(1)).descriptor
    recent.get("second", lambda: Shipment.of(2))
    try:
        os.fstat(first)
    except OSError:
        return
    raise AssertionError("the file of what was let go is still open")


def test_all_but_one_are_forgotten() -> None:
    recent = Recent[int](3)
    for key in "abc":
        recent.get(key, lambda: 1)
    recent.forget_others("b")
    assert [recent.get(key, lambda: 2) for key in "abc"] == [2, 1, 2]
    recent.forget("b")
    assert recent.get("b", lambda: 3) == 3
