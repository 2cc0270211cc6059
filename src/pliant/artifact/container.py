"""The container of our files: a zip of named parts and a manifest that has a checksum of each.

    manifest.json   format number, and the size and SHA-256 of each other part
    ...             the parts

Nothing in it is executed; a part is read up to the size that the manifest says, and checked.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pliant.core.atomic import replacing
from pliant.core.errors import ModelFileError

MAX_BYTES = 4 << 30
"""The most bytes that a part may unpack to, whatever the manifest says."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAX_MANIFEST = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
    struct.error,
)
"""What reading a zip raises when its bytes are not those of one; OSError aside."""

MISFITS = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What taking plain data for something raises when it is none."""


def write_parts(path: Path, number: int, parts: Mapping[str, bytes]) -> None:
    """Write a file of format `number`, whole or not at all: beside its place, then renamed.

    Raises
    ------
    SaveError
        When the file cannot be written, for instance because the disk is full.
    """
    manifest = {
        "format": number,
        "parts": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in parts.items()
        },
    }
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, data in {"manifest.json": dumps(manifest), **parts}.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, compresslevel=6)


def read_parts(path: str | Path, number: int, names: Sequence[str], kind: str) -> list[bytes]:
    """Return the named parts of a file, each checked; `kind` says in errors what it should be.

    Raises
    ------
    ModelFileError
        When the file is absent, truncated, altered, too large, or of a format after `number`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, number, names)
            return [_part(archive, name, manifest) for name in names]
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ModelFileError(f"expected a {kind} file, but there is none at {path}") from None
    except OSError as error:
        raise ModelFileError(f"expected a {kind} file at {path}: {error.strerror}") from None
    except _BROKEN as error:
        raise ModelFileError(
            f"expected a whole {kind} file, but {path} is truncated or no such file ({error})"
        ) from None


def _manifest(archive: zipfile.ZipFile, number: int, names: Sequence[str]) -> dict[str, Any]:
    try:
        manifest = json.loads(_bounded(archive, "manifest.json", _MAX_MANIFEST))
        version, parts = manifest["format"], manifest["parts"]
        sizes = {name: (parts[name]["bytes"], parts[name]["sha256"]) for name in names}
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError("expected a manifest of format and parts, found none") from None
    if type(version) is not int or version < 1:
        raise ModelFileError(f"expected a format number, got {version!r}")
    if version > number:
        raise ModelFileError(
            f"expected format {number} or earlier, got format {version}: "
            "the file was written by a later version of pliant"
        )
    return sizes


def _part(archive: zipfile.ZipFile, name: str, manifest: dict[str, Any]) -> bytes:
    size, checksum = manifest[name]
    if type(size) is not int or not 0 <= size <= MAX_BYTES:
        raise ModelFileError(f"expected {name} of at most {MAX_BYTES} bytes, got {size!r}")
    data = _bounded(archive, name, size)
    if len(data) != size or hashlib.sha256(data).hexdigest() != checksum:
        raise ModelFileError(f"{name} was altered: its checksum is not that of the manifest")
    return data


def _bounded(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """Return a part, reading one byte past `size` at most, whatever its header claims."""
    with archive.open(name) as part:
        data = part.read(size + 1)
    if len(data) > size:
        raise ModelFileError(f"{name} is larger than the {size} bytes it should have")
    return data


def dumps(value: object) -> bytes:
    """Return plain data as JSON; NumPy's scalars count as plain."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "surrogatepass")  # as `json.loads` decodes


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"expected plain data, got {type(value).__name__}")
