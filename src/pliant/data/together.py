"""Files that make one table: the same columns in each, put in the order of the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pliant.core.errors import DataError
from pliant.data.foreign import refusing
from pliant.data.locate import OPEN, UNTYPED, Located


class Columns:
    """The names that every file is to have: those of the first.

    Where rows need not name every column, those of all files, given as `names`.
    """

    def __init__(self, files: Sequence[Located], names: Sequence[str] = ()) -> None:
        self._first = files[0].name
        self._open = all(file.kind in OPEN for file in files)
        self._names = list(dict.fromkeys(names))

    def of(self, file: Located, table: Any) -> Any:
        """Return the table with the columns in the order of the first file.

        Raises
        ------
        DataError
            When it lacks one, or has one too many.
        """
        import pyarrow as pa

        found = table.column_names
        self._names = self._names or found
        if found == self._names or len(set(found)) < len(found):
            return table
        if self._open:
            absent = [name for name in self._names if name not in found]
            for name in absent:
                table = table.append_column(name, pa.nulls(table.num_rows))
        for name in self._names:
            if name not in table.column_names:
                raise DataError(
                    f"expected the columns of {self._first} in {file.name}, "
                    f"but it has no column {name!r}"
                )
        for name in found:
            if name not in self._names:
                raise DataError(
                    f"expected the columns of {self._first} in {file.name}, "
                    f"but it has a column {name!r} too"
                )
        return table.select(self._names)


def together(files: Sequence[Located], tables: Sequence[Any]) -> Any:
    """Return the Arrow tables of files, one under another.

    Raises
    ------
    DataError
        When their columns, or the types of these, do not go together.
    """
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    names = [name for table in tables for name in table.column_names]
    columns = Columns(files, names if all(file.kind in OPEN for file in files) else ())
    tables = [columns.of(file, table) for file, table in zip(files, tables, strict=True)]
    for j, name in enumerate(tables[0].column_names):
        types = [table.schema.field(j).type for table in tables]
        for number, wanted in enumerate(_agreed(name, files, types)):
            if wanted != types[number]:
                column = tables[number].column(j).cast(wanted)
                tables[number] = tables[number].set_column(j, name, column)
    with refusing(f"{files[0].name} and {len(files) - 1} more", "table"):
        return pa.concat_tables(tables, promote_options="permissive")


def _agreed(name: str, files: Sequence[Located], types: Sequence[Any]) -> list[Any]:
    """Return the types that the parts of a column are to have to go together."""
    import pyarrow as pa

    plain = [t.value_type if pa.types.is_dictionary(t) else t for t in types]
    kinds = [_kind_of(t) for t in plain]
    known = {kind for kind in kinds if kind != "nothing"}
    if len(known) <= 1:
        return list(types) if len(set(types)) == 1 else plain
    if all(file.kind in UNTYPED for file in files):
        return [pa.null() if k == "nothing" else pa.string() for k in kinds]
    first = next(j for j, kind in enumerate(kinds) if kind in known)
    other = next(j for j, kind in enumerate(kinds) if kind in known and kind != kinds[first])
    raise DataError(
        f"expected {kinds[first]} in column {name!r} of {files[other].name}, "
        f"as in {files[first].name}, got {kinds[other]}"
    )


def _kind_of(found: Any) -> str:
    """Return what a column of an Arrow type holds, for a person."""
    import pyarrow as pa

    types = pa.types
    if types.is_null(found):
        return "nothing"
    if types.is_boolean(found):
        return "booleans"
    if types.is_integer(found) or types.is_floating(found) or types.is_decimal(found):
        return "numbers"
    if types.is_temporal(found):
        return "times"
    return "text"
