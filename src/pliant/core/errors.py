"""The exceptions Pliant raises on purpose, drawn as a tree.

    PliantError
    ├── ConfigError          an option that makes no sense
    ├── DataError            a table, column or target that cannot be used
    │   ├── SchemaError      a table that does not fit the model's columns
    │   └── NestedError      a cell that holds no number, text or time, but a list, say
    ├── FitError             no candidate could be fitted
    ├── ModelFileError       a model file that cannot be trusted or read
    ├── ExportError          a model that another format cannot hold
    ├── SaveError            a file that cannot be written
    ├── ClusterError         a cluster that cannot be reached or used
    └── MissingLibraryError  an optional library that is not installed

Each message is one sentence: what was expected, what came, and where. `DataWarning` is no error:
it says what of a table is left out, or read in another way than a user may expect.
"""

from __future__ import annotations


class PliantError(Exception):
    """The root of every exception that Pliant raises on purpose."""


class ConfigError(PliantError, ValueError):
    """An option has a value that makes no sense."""


class DataError(PliantError, ValueError):
    """A table, column or target cannot be used."""


class SchemaError(DataError):
    """A table does not have the columns that the model was fitted on."""


class NestedError(DataError, TypeError):
    """A cell holds a list, a dict or another thing that is no number, text or time."""


class FitError(PliantError, RuntimeError):
    """No candidate could be fitted."""


class ModelFileError(PliantError, ValueError):
    """A model file is damaged, unsafe, or of a format this version cannot read."""


class ExportError(PliantError, ValueError):
    """A model holds what another format cannot say, or does not compute the same there."""


class SaveError(PliantError, OSError):
    """A file cannot be written; what was at its place is as it was."""


class ClusterError(PliantError, ConnectionError):
    """A cluster cannot be reached, or its workers have other versions."""


class MissingLibraryError(PliantError, ImportError):
    """An optional library is not installed."""


class PliantWarning(UserWarning):
    """What goes on, but not as a user would expect."""


class DataWarning(PliantWarning):
    """A column is left out, values count as missing, or text is read in a way worth knowing."""
