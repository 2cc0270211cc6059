"""The model file: written whole or not at all, audited before anything of it is used."""

from pliant.artifact.arrays import save_arrays
from pliant.artifact.file import FORMAT, SUFFIX, load, load_any, save, size_of

__all__ = ["FORMAT", "SUFFIX", "load", "load_any", "save", "save_arrays", "size_of"]
