"""The exceptions Pliant raises on purpose, drawn as a tree.

    PliantError
    ├── ConfigError          an option that makes no sense
    ├── DataError            a table, column or target that cannot be used
    │   ├── SchemaError      a table that does not fit the model's columns
    │   ├── NestedError      a cell that holds no number, text or time, but a list, say
    │   └── MediaError       an image or a sound that is absent, damaged or too large
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
    """The root of every exception that Pliant raises on purpose.

    Examples
    --------
    >>> import pliant
    >>> try:
    ...     pliant.load("absent.pliant")
    ... except pliant.PliantError as error:
    ...     print(error)
    expected a model file, but there is none at absent.pliant
    """


class ConfigError(PliantError, ValueError):
    """An option has a value that makes no sense.

    Examples
    --------
    >>> import pliant
    >>> pliant.Limits(latency="soon")
    Traceback (most recent call last):
    pliant.core.errors.ConfigError: expected a duration such as "90s" or "5m", got 'soon'
    """


class DataError(PliantError, ValueError):
    """A table, column or target cannot be used.

    Examples
    --------
    >>> import pliant
    >>> pliant.data.open("absent.csv")
    Traceback (most recent call last):
    pliant.core.errors.DataError: expected a table, but there is no file absent.csv
    """


class SchemaError(DataError):
    """A table does not have the columns that the model was fitted on.

    Examples
    --------
    >>> import pliant
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels)
    >>> try:
    ...     model.model_.predict({"years": 30})
    ... except pliant.SchemaError as error:
    ...     print("no column 'age'" in str(error))
    True
    """


class NestedError(DataError, TypeError):
    """A cell holds a list, a dict or another thing that is no number, text or time."""


class MediaError(DataError):
    """The image or the sound of a cell is absent, damaged or too large.

    Attributes
    ----------
    row : int
        The row of the cell, counted from 0 in the table at hand.

    Examples
    --------
    >>> import pliant
    >>> from pliant.runtime.columns import column_from_values
    >>> from pliant.runtime.kinds import ImageCodebook
    >>> try:
    ...     ImageCodebook().encode(column_from_values([None, "absent.png"]))
    ... except pliant.MediaError as error:
    ...     print(error)
    expected an image, but there is no file absent.png, row 1
    """

    def __init__(self, said: str, row: int, table: str = "") -> None:
        super().__init__(said, row, table)
        self.said, self.row, self.table = said, row, table

    def __str__(self) -> str:
        return f"{self.said}, row {self.row}{f' of {self.table}' if self.table else ''}"

    def of(self, column: str) -> MediaError:
        """Return the same error with the name of its column.

        Examples
        --------
        >>> str(MediaError("expected an image", 3).of("photo"))
        "expected an image, in column 'photo', row 3"
        """
        return MediaError(f"{self.said}, in column {column!r}", self.row, self.table)

    def moved(self, first: int, table: str) -> MediaError:
        """Return the same error, its rows those of a table from row `first` on.

        Examples
        --------
        >>> str(MediaError("expected an image", 3).moved(1000, "cats.csv"))
        'expected an image, row 1003 of cats.csv'
        """
        return MediaError(self.said, first + self.row, table)


class FitError(PliantError, RuntimeError):
    """No candidate could be fitted.

    Examples
    --------
    >>> import pliant
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> limits = pliant.Limits(size="10B")
    >>> try:
    ...     pliant.Classifier(trials=1, models=["additive"], limits=limits).fit(rows, labels)
    ... except pliant.FitError as error:
    ...     print(str(error)[:36])
    expected a model within 0.01 kB, but
    """


class ModelFileError(PliantError, ValueError):
    """A model file is damaged, unsafe, or of a format this version cannot read.

    Examples
    --------
    >>> import pliant
    >>> pliant.load("absent.pliant")
    Traceback (most recent call last):
    pliant.core.errors.ModelFileError: expected a model file, but there is none at absent.pliant
    """


class ExportError(PliantError, ValueError):
    """A model holds what another format cannot say, or does not compute the same there.

    Examples
    --------
    >>> import pliant
    >>> says = ["good tea in a warm cup", "cold rain on a grey road"]
    >>> texts = {"note": [f"{says[n % 2]} number {n}" for n in range(60)]}
    >>> model = pliant.Classifier(trials=1, models=["linear"]).fit(texts, [False, True] * 30)
    >>> try:
    ...     model.export("notes.onnx")
    ... except pliant.ExportError as error:
    ...     print("text" in str(error))
    True
    """


class SaveError(PliantError, OSError):
    """A file cannot be written; what was at its place is as it was.

    Examples
    --------
    >>> import pliant
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels)
    >>> model.save("absent/m.pliant")
    Traceback (most recent call last):
    pliant.core.errors.SaveError: expected to write absent/m.pliant, but: No such file or directory
    """


class ClusterError(PliantError, ConnectionError):
    """A cluster cannot be reached, or its workers have other versions.

    Examples
    --------
    >>> import pliant
    >>> issubclass(pliant.ClusterError, ConnectionError)
    True
    """


class MissingLibraryError(PliantError, ImportError):
    """An optional library is not installed.

    Examples
    --------
    >>> import pliant
    >>> issubclass(pliant.MissingLibraryError, ImportError)
    True
    """


class PliantWarning(UserWarning):
    """What goes on, but not as a user would expect.

    Examples
    --------
    >>> import warnings, pliant
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", pliant.PliantWarning)
    """


class DataWarning(PliantWarning):
    """A column is left out, values count as missing, or text is read in a way worth knowing.

    Examples
    --------
    >>> import warnings, pliant
    >>> rows = {"price": ["1,5", "2,5", "3,5", "4,5"] * 9}
    >>> with warnings.catch_warnings(record=True) as heard:
    ...     warnings.simplefilter("always", pliant.DataWarning)
    ...     labels = ["no", "yes", "no", "yes"] * 9
    ...     model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels)
    >>> print(str(heard[0].message)[:40])
    column 'price': text is read as numbers:
    """
