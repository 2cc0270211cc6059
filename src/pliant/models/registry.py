"""The registry: every model family by name, ours and those from outside.

One from outside comes by `register_family`, as an object among the models of a fit, or by the entry
point group `pliant.families` of an installed package.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec

from pliant.core.errors import ConfigError, MissingLibraryError, PliantWarning
from pliant.models.additive import Additive
from pliant.models.catboost import CatBoost
from pliant.models.conv_net import ConvNet
from pliant.models.family import Default, Family
from pliant.models.forest import Forest
from pliant.models.lightgbm import LightGBM
from pliant.models.linear import Linear
from pliant.models.neighbours import Neighbours
from pliant.models.neural import Neural
from pliant.models.sparse_linear import SparseLinear
from pliant.models.xgboost import XGBoost

_OURS: tuple[Family, ...] = (
    Additive(),
    LightGBM(),
    CatBoost(),
    Neural(),
    Forest(),
    Linear(),
    XGBoost(),
    Neighbours(),
    SparseLinear(),
    ConvNet(),
)

FAMILIES: dict[str, Family] = {family.name: family for family in _OURS}
"""Every family by name; a family's library is imported when it fits."""

GROUP = "pliant.families"
"""The entry points under which installed packages name families."""


def register_family(family: Family) -> None:
    """Add a model family: searches try its defaults, and its space, as they do ours.

    A family of the same name and class takes the place of the one before.

    Parameters
    ----------
    family : Family
        An object that says all about itself.

    Raises
    ------
    ConfigError
        When it is no family, its name is no word, it has no defaults, or the name is taken.

    Examples
    --------
    >>> from pliant.models.linear import Linear
    >>> class Straight(Linear):
    ...     name = "straight"
    >>> register_family(Straight())
    >>> families_of(["straight"])
    ('straight',)
    >>> _ = FAMILIES.pop("straight")
    """
    if not isinstance(family, Family):
        raise ConfigError(f"expected a pliant.Family, got {family!r}")
    name = getattr(family, "name", None)
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        raise ConfigError(f"expected a family with a name of one word, got {name!r}")
    defaults = getattr(family, "defaults", None) or {}
    good = all(isinstance(d, Default) and is_dataclass(d.config) for d in defaults.values())
    if not defaults or not good:
        raise ConfigError(
            f"expected defaults of the family {name!r}, each a pliant.Default of a dataclass"
        )
    known = FAMILIES.get(name)
    if known is not None and _full_name(known) != _full_name(family):
        raise ConfigError(f"expected a new name for a family, but {name!r} is {_full_name(known)}")
    FAMILIES[name] = family


def families_of(models: Sequence[str | Family] | None) -> tuple[str, ...]:
    """Return the names of the families to search: those given, by name or as objects, which are
    registered; or all whose library is installed.

    Raises
    ------
    ConfigError
        When there is no family of that name, or an object is none.
    MissingLibraryError
        When a given family's library is not installed.
    """
    _installed_ones()
    if models is None:
        return tuple(name for name, family in FAMILIES.items() if _usable(family))
    if isinstance(models, str | Family):
        raise ConfigError(f"expected a sequence of models, such as [{models!r}], got {models!r}")
    names = [_name_of(model) for model in models]
    for name in names:
        family = FAMILIES[name]
        if not _usable(family):
            extra = f'pip install "pliant[{family.extra}]"' if family.extra else family.package
            raise MissingLibraryError(
                f"the models {name!r} need {family.package}, which is not installed: {extra}"
            )
    return tuple(dict.fromkeys(names))


def carried(names: Iterable[str]) -> dict[str, bytes]:
    """Return the families from outside among some, as bytes that another process can load, those
    of a script or a notebook too.
    """
    foreign = [name for name in names if FAMILIES[name] not in _OURS]
    if not foreign:
        return {}
    import cloudpickle

    return {name: cloudpickle.dumps(FAMILIES[name]) for name in foreign}


def family_of(name: str, brought: Mapping[str, bytes]) -> Family:
    """Return a family by name; one that this process does not know is among those `brought`."""
    if name not in FAMILIES:
        register_family(pickle.loads(brought[name]))
    return FAMILIES[name]


def _name_of(model: str | Family) -> str:
    if not isinstance(model, str):
        register_family(model)
        return model.name
    if model not in FAMILIES:
        raise ConfigError(f"expected models among {', '.join(FAMILIES)}, got {model!r}")
    return model


@cache
def _installed_ones() -> None:
    """Register the families of installed packages; one that cannot be is told of, once."""
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
            register_family(found() if isinstance(found, type) else found)
        except (ImportError, AttributeError, TypeError, ConfigError) as error:
            warnings.warn(
                f"the model family {entry.value!r} of an installed package is left out: {error}",
                PliantWarning,
                stacklevel=2,
            )


def _full_name(family: Family) -> str:
    return f"{type(family).__module__}.{type(family).__qualname__}"


def _usable(family: Family) -> bool:
    return find_spec(family.package.split(".")[0]) is not None
