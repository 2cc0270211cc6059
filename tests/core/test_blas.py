"""One BLAS thread while anybody fits, and as before once nobody does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pliant.core import blas
from pliant.core.blas import _Limit


@dataclass
class Library:
    """A library as threadpoolctl shows it."""

    filepath: str
    num_threads: int

    def set_num_threads(self, number: int) -> None:
        self.num_threads = number


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Library]:
    """Return the libraries that are loaded; more may be added."""
    libraries = [Library("a", 4)]

    class Controller:
        def select(self, user_api: str) -> Controller:
            assert user_api == "blas"
            return self

        @property
        def lib_controllers(self) -> list[Library]:
            return libraries

    monkeypatch.setattr(blas, "ThreadpoolController", Controller)
    return libraries


def test_the_first_to_come_may_leave_first(loaded: list[Library]) -> None:
    limit = _Limit()
    limit.enter()
    limit.enter()
    assert loaded[0].num_threads == 1
    limit.leave()
    assert loaded[0].num_threads == 1
    limit.leave()
    assert loaded[0].num_threads == 4


def test_a_library_that_came_later_is_limited_and_put_back(loaded: list[Library]) -> None:
    limit = _Limit()
    limit.enter()
    loaded.append(Library("b", 8))
    limit.enter()
    assert [library.num_threads for library in loaded] == [1, 1]
    limit.leave()
    limit.leave()
    assert [library.num_threads for library in loaded] == [4, 8]


def test_a_child_of_a_process_that_fits_begins_anew(loaded: list[Library]) -> None:
    limit = _Limit()
    limit.enter()
    limit.forget()
    assert loaded[0].num_threads == 4
    limit.enter()
    limit.leave()
    assert loaded[0].num_threads == 4


def test_a_fit_that_fails_puts_it_back(loaded: list[Library]) -> None:
    def fails() -> None:
        with blas.one_blas_thread():
            assert loaded[0].num_threads == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert loaded[0].num_threads == 4
