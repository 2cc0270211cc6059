"""How many features a table has, told from its schema: nothing is made to know what a fit takes."""

from __future__ import annotations

from pliant.features.arithmetic import n_joined
from pliant.features.block import View, reads
from pliant.features.crosses import pairs_of
from pliant.features.media import MAX_ANSWERS as MAX_GRID_ANSWERS
from pliant.features.target_encoding import wanted_of
from pliant.features.text import MAX_ANSWERS
from pliant.runtime.schema import Schema


def width_of(schema: Schema, n_answers: int, view: View) -> int:
    """Return how many columns `fit_features` makes for a target of so many answers."""
    n_ids = [book.n_codes for _, book in schema.id_columns]
    n_texts = 0 if reads(view, "text") else len(schema.text_columns)
    n_grids = sum(not reads(view, own.book.plane) for own in schema.grids)
    n_codes = [book.n_codes for _, book in schema.code_columns]
    wanted = wanted_of(n_ids, n_answers)
    width = len(n_codes) + len(n_ids) + n_texts * min(n_answers, MAX_ANSWERS)
    width += sum(counted + n_answers * averaged for counted, averaged in wanted)
    width += sum(own.book.width for own in schema.vectors)
    width += n_grids * min(n_answers, MAX_GRID_ANSWERS)
    if view == "crossed" or not (n_codes or schema.own_planes):
        width += len(pairs_of(n_ids, n_answers)) * (n_answers + 1)
    return width + (n_joined(n_codes) if view == "arithmetic" else 0)
