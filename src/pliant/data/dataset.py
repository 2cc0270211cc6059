"""A dataset: rows wherever they are, the column to predict, and what other columns are.

It is opened but not read: a model that predicts a file needs other columns of it than a fit does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pliant.core.callers import warn
from pliant.core.errors import DataError, DataWarning

if TYPE_CHECKING:
    from pliant.data.locate import Located
    from pliant.data.provenance import Provenance
    from pliant.data.read import Reads
    from pliant.data.roles import NamedRoles
    from pliant.data.stated import Stated
    from pliant.data.store.store import Store
    from pliant.data.table import Statements
    from pliant.runtime.media.places import MissingFiles
    from pliant.runtime.raw import Frame


class Unread:
    """What names rows that are yet to be read: a `Dataset`, or a `Store`."""


@dataclass(frozen=True)
class Files:
    """Files that are there: the places as they were named, and each file that these came to."""

    places: tuple[str, ...]
    located: tuple[Located, ...]

    def __str__(self) -> str:
        return " ".join(self.places)


def warn_of_data(text: str) -> None:
    """Warn of how a file was read."""
    warn(text, DataWarning)


@dataclass(frozen=True, eq=False)
class Dataset(Unread):
    """A table to learn from or to be judged on; `pliant.data.open` returns one.

    Attributes
    ----------
    source : Files, Store, or any table in memory
        Where the rows are.
    target : str, array-like of shape (n,), or None
        The column to predict, by its name; of a table in memory also its values.
    weight, groups, time : str, array-like of shape (n,), or None
        What each row counts, belongs to, and when it was, as `target` is given.
    columns : dict of str to Stated
        What columns are, where that was stated.
    encoding : str or None
        That of text without a mark; None is UTF-8.
    missing_files : "refuse" or "allow"
        Whether a file that a row names and that does not exist is an error, or a missing value.

    Examples
    --------
    >>> import pliant
    >>> rows = pliant.data.open({"age": [23, 61], "rich": ["no", "yes"]}, target="rich")
    >>> rows
    <Dataset a table in memory: target 'rich'>
    >>> rows.is_store, list(rows.frame())
    (False, ['age', 'rich'])
    """

    source: object
    target: object = None
    weight: object = None
    groups: object = None
    time: object = None
    columns: Mapping[str, Stated] = field(default_factory=dict)
    encoding: str | None = None
    tell: Callable[[str], None] = warn_of_data
    missing_files: MissingFiles = "refuse"

    def __repr__(self) -> str:
        given = {n: getattr(self, n) for n in ("target", "weight", "groups", "time")}
        said = [
            f"{n} {v!r}" if isinstance(v, str) else n for n, v in given.items() if v is not None
        ]
        return f"<Dataset {self.name}{': ' * bool(said)}{', '.join(said)}>"

    @property
    def name(self) -> str:
        """Where the rows are, for people."""
        if self.store is not None:
            return str(self.store.path)
        return str(self.source) if isinstance(self.source, Files) else "a table in memory"

    @property
    def store(self) -> Store | None:
        """The store that holds the rows, if one does."""
        from pliant.data.store.store import Store

        return self.source if isinstance(self.source, Store) else None

    @property
    def is_store(self) -> bool:
        """Whether the rows are codes in a store."""
        return self.store is not None

    @property
    def files(self) -> Sequence[Located]:
        """The files that hold the rows; none of a store or of a table in memory."""
        return self.source.located if isinstance(self.source, Files) else ()

    @property
    def places(self) -> Sequence[str]:
        """The files as they were named: paths, globs and URLs."""
        return self.source.places if isinstance(self.source, Files) else ()

    @property
    def roles(self) -> NamedRoles:
        """The columns that have roles; roles that are given as values raise DataError."""
        from pliant.data.roles import NamedRoles

        return NamedRoles(*map(self.column, ("weight", "groups", "time")))

    def column(self, role: str) -> str | None:
        """Return the name of the column that is the target, or has a role; None where none is.

        Raises
        ------
        DataError
            When values were given in place of a name.

        Examples
        --------
        >>> import pliant
        >>> pliant.data.open({"age": [23, 61], "w": [1, 2]}, weight="w").column("weight")
        'w'
        """
        given: object = getattr(self, role)
        if given is None or isinstance(given, str):
            return given
        raise DataError(f"expected {role} to name a column of {self.name}, got values")

    @property
    def statements(self) -> Statements:
        """What was stated of the columns; that of times stays a feature."""
        from pliant.data.table import Statements

        return Statements(self.columns, [self.time] if isinstance(self.time, str) else [])

    @property
    def provenance(self) -> Provenance | None:
        """Where the rows can be found again; None of what is no file, or may hold a secret."""
        from pliant.data.provenance import NamedRows, Provenance

        if not isinstance(self.source, Files):
            return None
        roles = self.roles
        named = (self.encoding, roles.weight, roles.groups, roles.time)
        return Provenance.of(self.files, NamedRows(self.places, *named))

    def frame(self, reads: Reads | None = None) -> Frame:
        """Return the rows, or what of them is to be read, each column as it was written.

        Raises
        ------
        DataError
            When the rows cannot be read, or are those of a store, which has codes alone.

        Examples
        --------
        >>> import pliant
        >>> frame = pliant.data.open({"age": [23, 61], "rich": ["no", "yes"]}).frame()
        >>> frame.n_rows, frame["age"].values.tolist()
        (2, [23.0, 61.0])
        """
        from pliant.data.answered import with_target
        from pliant.data.paths import in_memory
        from pliant.data.read import frame_of
        from pliant.runtime.intake import to_frame

        if self.is_store:
            raise DataError(
                f"expected rows, but {self.name} is a store, which has codes in their place: "
                "name the files that it was packed from"
            )
        if isinstance(self.source, Files):
            return frame_of(self.files, reads, self.tell, self.missing_files)
        only, target = (reads.columns, reads.target) if reads else (None, self.target)
        if isinstance(target, str) and target:
            return in_memory(with_target(self.source, target, only), self.missing_files)
        return in_memory(to_frame(self.source, only), self.missing_files)
