"""How members become JSON and come back; those of earlier formats are found in their cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from pliant.core.errors import ModelFileError
from pliant.runtime.member import Member, Places
from pliant.runtime.ops import Op


def member_to_json(member: Member) -> dict[str, Any]:
    """Return a member as plain data."""
    return asdict(member)


def member_from_json(described: Mapping[str, Any]) -> Member:
    """Return the member that plain data describes; what does not fit raises."""
    held = {**described, "places": Places(**described["places"])}
    for name, kind in _KINDS.items():
        if not isinstance(held[name], kind) or isinstance(held[name], bool) is not (kind is bool):
            raise ModelFileError(f"expected {name} of a member, got {held[name]!r}")
    if any(not isinstance(wire, str) for wire in asdict(held["places"]).values()):
        raise ModelFileError(f"expected wires of a member, got {described['places']!r}")
    return Member(**held)


_KINDS: dict[str, Any] = {
    "name": str,
    "weight": int | float,
    "family": str,
    "config": dict,
    "view": str,
    "trial": int | None,
    "rounds": int,
    "rows": int,
    "refitted": bool,
    "stage": int,
}
"""What each field of a member is, its places aside."""

assert {field.name for field in fields(Member)} == {*_KINDS, "places"}


def earlier_members(
    rows: Sequence[Mapping[str, Any]],
    leaderboard: Sequence[Mapping[str, Any]],
    program: Sequence[Op],
) -> list[Member]:
    """Return the members of a file of format 1 or 2, whose card told of them and of their trials.

    They stand where the last op mixes as many; otherwise there is one, which is all of the program.
    """
    last = program[-1]
    outputs = last.inputs if last.name == "mix" else (last.output,)
    if len(outputs) != len(rows):
        outputs = (last.output,) * len(rows)
    trials = {row["trial"]: row for row in leaderboard}
    return [
        _earlier(row, trials.get(row["trial"], {}), places_at(output, program))
        for row, output in zip(rows, outputs, strict=True)
    ]


def places_at(output: str, program: Sequence[Op]) -> Places:
    """Return where the member stands whose predictions are on a wire.

    Before a link, or the change of a unit, is its score, and the features are what trees and tables
    read first.
    """
    made = {op.output: op for op in program}
    score = output
    if score in made and made[score].name in ("link", "affine"):
        score = made[score].inputs[0]
    wire = score
    while wire in made and made[wire].name not in ("concat", "gather"):
        wire = made[wire].inputs[0]
    return Places(wire if wire in made else "", score, output)


def _earlier(row: Mapping[str, Any], trial: Mapping[str, Any], places: Places) -> Member:
    """Return a member by its row of the card and its trial's of the leaderboard; what does not say
    all of how it was made has no family.
    """
    if "rounds" not in row or not trial.keys() >= {"family", "config", "view", "rows"}:
        trial = {}
    return Member(
        str(row["model"]),
        float(row["weight"]),
        places,
        str(trial.get("family", "")),
        dict(trial.get("config", {})),
        str(trial.get("view", "plain")),
        row["trial"],
        int(row.get("rounds", 0)),
        int(trial.get("rows", 0)),
        bool(row["refitted"]),
    )
