"""The model file: written whole or not at all, audited before anything of it is used."""

from pliant.artifact.file import FORMAT, SUFFIX, load, save, size_of

__all__ = ["FORMAT", "SUFFIX", "load", "save", "size_of"]
