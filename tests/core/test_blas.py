"""One BLAS thread while anybody fits, and as before once nobody does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from pliant.core.blas import BlasLimit, one_blas_thread


@dataclass
class Library:
    """A library as threadpoolctl shows it."""

    filepath: str
    num_threads: int

    def set_num_threads(self, number: int) -> None:
        self.num_threads = number


@dataclass
class Controller:
    """What knows the libraries that are loaded."""

    lib_controllers: list[Library]

    def select(self, user_api: str) -> Controller:
        assert user_api == "blas"
        return self


@pytest.fixture
def loaded() -> list[Library]:
    """Return the libraries that are loaded; more may be added."""
    return [Library("a", 4)]


@pytest.fixture
def limit(loaded: list[Library]) -> BlasLimit:
    return BlasLimit(lambda: Controller(loaded))


def test_the_first_to_come_may_leave_first(loaded: list[Library], limit: BlasLimit) -> None:
    limit.enter()
    limit.enter()
    assert loaded[0].num_threads == 1
    limit.leave()
    assert loaded[0].num_threads == 1
    limit.leave()
    assert loaded[0].num_threads == 4


def test_a_library_that_came_later_is_limited_and_put_back(
    loaded: list[Library], limit: BlasLimit
) -> None:
    limit.enter()
    loaded.append(Library("b", 8))
    limit.enter()
    assert [library.num_threads for library in loaded] == [1, 1]
    limit.leave()
    limit.leave()
    assert [library.num_threads for library in loaded] == [4, 8]


def test_what_is_loaded_during_a_fit_is_limited_at_once(
    loaded: list[Library], limit: BlasLimit
) -> None:
    limit.renew()
    assert loaded[0].num_threads == 4  # nobody wants it
    limit.enter()
    loaded.append(Library("b", 8))
    limit.renew()
    assert [library.num_threads for library in loaded] == [1, 1]
    limit.leave()
    assert [library.num_threads for library in loaded] == [4, 8]


def test_scipys_blas_has_one_thread_when_a_model_brings_it() -> None:
    code = (
        "from pliant.core.blas import one_blas_thread\n"
        "from pliant.models.base import load_library\n"
        "from threadpoolctl import threadpool_info\n"
        "def pools():\n"
        "    return [p['num_threads'] for p in threadpool_info() if p['user_api'] == 'blas']\n"
        "with one_blas_thread():\n"
        "    before = pools()\n"
        "    load_library('sklearn.linear_model')\n"
        "    print(len(pools()) > len(before) and set(pools()) == {1})\n"
    )
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    environment.pop("OMP_NUM_THREADS", None)
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "True\n"


def test_a_child_of_a_process_that_fits_begins_anew(
    loaded: list[Library], limit: BlasLimit
) -> None:
    limit.enter()
    limit.forget()
    assert loaded[0].num_threads == 4
    limit.enter()
    limit.leave()
    assert loaded[0].num_threads == 4


def test_a_fit_that_fails_puts_it_back(loaded: list[Library], limit: BlasLimit) -> None:
    def fails() -> None:
        with one_blas_thread(limit):
            assert loaded[0].num_threads == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert loaded[0].num_threads == 4
