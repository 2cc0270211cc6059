"""Where a model's rows came from, so that they can be found again and are known to be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pliant.core.errors import DataError
from pliant.data.locate import Located, locate
from pliant.data.media_folder import LABEL

READ_AT_ENDS = 32 << 20
"""Bytes at the start and at the end of a file that its checksum is made of; many share them."""


@dataclass(frozen=True)
class NamedRows:
    """How the user named the rows: places, the encoding of their text, the columns with roles."""

    places: Sequence[str]
    encoding: str | None = None
    weight: str | None = None
    groups: str | None = None
    time: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Data files as the user named them, their size and checksum, and the columns with roles.

    `path` is a place, or several.
    """

    path: str | list[str]
    bytes: int
    sha256: str
    encoding: str | None = None
    weight: str | None = None
    groups: str | None = None
    time: str | None = None

    @classmethod
    def of(cls, files: Sequence[Located], named: NamedRows) -> Provenance | None:
        """Return the source of files; None where there are none, or a URL may hold a secret."""
        urls = [place for place in named.places if "://" in place]
        if not files or any("@" in url or "?" in url for url in urls):
            return None
        path = named.places[0] if len(named.places) == 1 else list(named.places)
        total, sha256 = sum(file.size for file in files), checksum(files)
        roles = (named.weight, named.groups, named.time)
        return cls(path, total, sha256, named.encoding, *roles)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Provenance | None:
        """Return the source that a model's card names; None where it names none."""
        data = facts.get("data")
        return cls(**data) if data else None

    def facts(self) -> dict[str, Any]:
        """Return what the card holds of it."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def found(self, target: str = LABEL) -> list[Located]:
        """Return the files, where they are still there and still the same.

        `target` names the classes of a folder of images or sounds.

        Raises
        ------
        DataError
            When they are not.
        """
        told = self.path if isinstance(self.path, str) else " ".join(self.path)
        try:
            files = locate(self.path, self.encoding, target)
        except DataError:
            raise DataError(
                f"expected the rows that the model was fitted on at {told}, but there is no such "
                "file here: name them with --data"
            ) from None
        if sum(file.size for file in files) != self.bytes or checksum(files) != self.sha256:
            raise DataError(
                f"expected {told} as it was when the model was fitted on it, but it has changed: "
                "name the rows to use with --data"
            )
        return files


def checksum(files: Sequence[Located], read: int = READ_AT_ENDS) -> str:
    """Return the SHA-256 of files; of large ones, of their first and last bytes.

    So many are `read` at either end, of several files together.
    """
    total = hashlib.sha256()
    ends = max(1, read // len(files))
    for located in files:
        with located.opened() as file:
            total.update(file.read(ends))
            if located.size > ends and located.here:  # what is elsewhere may have no end to go to
                file.seek(max(ends, located.size - ends))
                total.update(file.read(ends))
    return total.hexdigest()
