"""Pliant: a table in, the best model that a time budget allows out, in one small data-only file.

Names are imported when they are first used, so that `import pliant` is quick and `pliant.load`
needs no training library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from pliant import data
    from pliant.automl.classifier import Classifier
    from pliant.automl.loading import load
    from pliant.automl.model import Model
    from pliant.automl.regressor import Regressor
    from pliant.automl.tuning import tune
    from pliant.compile.export import export
    from pliant.core.config import Limits
    from pliant.core.errors import (
        ClusterError,
        ConfigError,
        DataError,
        DataWarning,
        ExportError,
        FitError,
        MediaError,
        MissingLibraryError,
        ModelFileError,
        PliantError,
        PliantWarning,
        SaveError,
        SchemaError,
    )
    from pliant.core.parallel import map_reduce
    from pliant.data.dataset import Dataset
    from pliant.data.kinds.base import ColumnKind
    from pliant.data.kinds.registry import register_kind
    from pliant.data.store.packing import PackOptions, pack
    from pliant.data.store.store import Store, open_store
    from pliant.metrics import register_metric
    from pliant.models.family import Default, Family, IncrementalFamily
    from pliant.models.registry import register_family
    from pliant.models.space import Choice, Float, Int
    from pliant.runtime.kinds.base import BinnedCodebook, Codebook, PlaneCodebook
    from pliant.runtime.kinds.parts import PartsCodebook

_HOMES = {
    "Classifier": "pliant.automl.classifier",
    "Regressor": "pliant.automl.regressor",
    "load": "pliant.automl.loading",
    "export": "pliant.compile.export",
    "Limits": "pliant.core.config",
    "Model": "pliant.automl.model",
    "map_reduce": "pliant.core.parallel",
    "tune": "pliant.automl.tuning",
    "Family": "pliant.models.family",
    "IncrementalFamily": "pliant.models.family",
    "Default": "pliant.models.family",
    "register_family": "pliant.models.registry",
    "register_metric": "pliant.metrics",
    "Float": "pliant.models.space",
    "Int": "pliant.models.space",
    "Choice": "pliant.models.space",
    "Dataset": "pliant.data.dataset",
    "ColumnKind": "pliant.data.kinds.base",
    "register_kind": "pliant.data.kinds.registry",
    "Codebook": "pliant.runtime.kinds.base",
    "BinnedCodebook": "pliant.runtime.kinds.base",
    "PlaneCodebook": "pliant.runtime.kinds.base",
    "PartsCodebook": "pliant.runtime.kinds.parts",
    "pack": "pliant.data.store.packing",
    "PackOptions": "pliant.data.store.packing",
    "open_store": "pliant.data.store.store",
    "Store": "pliant.data.store.store",
    "PliantError": "pliant.core.errors",
    "PliantWarning": "pliant.core.errors",
    "ClusterError": "pliant.core.errors",
    "ConfigError": "pliant.core.errors",
    "DataError": "pliant.core.errors",
    "DataWarning": "pliant.core.errors",
    "SchemaError": "pliant.core.errors",
    "FitError": "pliant.core.errors",
    "ModelFileError": "pliant.core.errors",
    "ExportError": "pliant.core.errors",
    "SaveError": "pliant.core.errors",
    "MediaError": "pliant.core.errors",
    "MissingLibraryError": "pliant.core.errors",
}

__all__ = [
    "BinnedCodebook",
    "Choice",
    "Classifier",
    "ClusterError",
    "Codebook",
    "ColumnKind",
    "ConfigError",
    "DataError",
    "DataWarning",
    "Dataset",
    "Default",
    "ExportError",
    "Family",
    "FitError",
    "Float",
    "IncrementalFamily",
    "Int",
    "Limits",
    "MediaError",
    "MissingLibraryError",
    "Model",
    "ModelFileError",
    "PackOptions",
    "PartsCodebook",
    "PlaneCodebook",
    "PliantError",
    "PliantWarning",
    "Regressor",
    "SaveError",
    "SchemaError",
    "Store",
    "data",
    "export",
    "load",
    "map_reduce",
    "open_store",
    "pack",
    "register_family",
    "register_kind",
    "register_metric",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pliant")
    if name == "data":
        return import_module("pliant.data")
    if name not in _HOMES:
        raise AttributeError(f"module 'pliant' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
