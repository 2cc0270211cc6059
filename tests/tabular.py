"""The families that learn from any table; the others are tested on images."""

from __future__ import annotations

from pliant.models.registry import FAMILIES

TABULAR = [name for name, family in FAMILIES.items() if family.view != "grids"]
