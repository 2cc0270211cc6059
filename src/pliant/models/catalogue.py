"""The catalogue: every model family, and which of them can be used here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from pliant.errors import ConfigError, MissingLibraryError
from pliant.models.additive import Additive
from pliant.models.base import Family
from pliant.models.catboost import CatBoost
from pliant.models.forest import Forest
from pliant.models.lightgbm import LightGBM
from pliant.models.linear import Linear
from pliant.models.neighbours import Neighbours
from pliant.models.neural import Neural
from pliant.models.xgboost import XGBoost

_ALL: tuple[Family, ...] = (
    Additive(),
    LightGBM(),
    CatBoost(),
    Neural(),
    Forest(),
    Linear(),
    XGBoost(),
    Neighbours(),
)

FAMILIES: dict[str, Family] = {family.name: family for family in _ALL}
"""Every family by name; a family's library is imported when it fits."""

EXTRAS = {"catboost": "catboost", "xgboost": "xgboost"}
"""The extra that installs a library which the core does without."""


def families_of(names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the families to search: the named ones, or all whose library is installed.

    Raises
    ------
    ConfigError
        When there is no family of that name.
    MissingLibraryError
        When a named family's library is not installed.
    """
    if names is None:
        return tuple(name for name in FAMILIES if _installed(name))
    for name in names:
        if name not in FAMILIES:
            raise ConfigError(f"expected models among {', '.join(FAMILIES)}, got {name!r}")
        if not _installed(name):
            library = FAMILIES[name].package
            raise MissingLibraryError(
                f"the models {name!r} need {library}, which is not installed: "
                f'pip install "pliant[{EXTRAS.get(library, "all")}]"'
            )
    return tuple(dict.fromkeys(names))


def _installed(name: str) -> bool:
    return find_spec(FAMILIES[name].package.split(".")[0]) is not None
