"""Where a model's rows came from, so that they can be found again and are known to be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pliant.errors import DataError

READ_AT_ENDS = 32 << 20
"""Bytes at the start and at the end of a file that its checksum is made of."""


@dataclass(frozen=True)
class Source:
    """A data file as the user named it, its size and checksum, and the columns with roles."""

    path: str
    bytes: int
    sha256: str
    weight: str | None = None
    groups: str | None = None
    time: str | None = None

    @classmethod
    def of(
        cls,
        path: Path,
        weight: str | None = None,
        groups: str | None = None,
        time: str | None = None,
    ) -> Source | None:
        """Return the source of a file; None of what is no plain file."""
        if not path.is_file():
            return None
        return cls(str(path), path.stat().st_size, checksum(path), weight, groups, time)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Source | None:
        """Return the source that a model's card names; None where it names none."""
        data = facts.get("data")
        return cls(**data) if data else None

    def facts(self) -> dict[str, Any]:
        """Return what the card holds of it."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def found(self) -> Path:
        """Return the file, where it is still there and still the same.

        Raises
        ------
        DataError
            When it is not.
        """
        path = Path(self.path)
        if not path.is_file():
            raise DataError(
                f"expected the rows that the model was fitted on at {path}, but there is no such "
                "file here: name them with --data"
            )
        if path.stat().st_size != self.bytes or checksum(path) != self.sha256:
            raise DataError(
                f"expected {path} as it was when the model was fitted on it, but it has changed: "
                "name the rows to use with --data"
            )
        return path


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file; of a large one, of its first and last 32 MiB."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        total.update(file.read(READ_AT_ENDS))
        size = path.stat().st_size
        if size > READ_AT_ENDS:
            file.seek(max(READ_AT_ENDS, size - READ_AT_ENDS))
            total.update(file.read(READ_AT_ENDS))
    return total.hexdigest()
