"""The shelf: predictions and models of those trials alone that may still be chosen.

What a trial predicts of the held-out rows, with its models, is a few megabytes; hundreds of trials
would fill any memory. An ensemble takes the best, so the others give theirs up.
"""

from __future__ import annotations

from collections.abc import Sequence

from pliant.training.records import Trial

SHELF_BYTES, SHELF_SHARE = 256 * 10**6, 1 / 32
"""What is kept at most, and the share that it is of what everything may take."""


def shelf_bytes(memory: int | None) -> int:
    """Return how many bytes are kept where `memory` is what everything may take, None for any."""
    return SHELF_BYTES if memory is None else min(SHELF_BYTES, int(SHELF_SHARE * memory))


class Shelf:
    """Has room for so many bytes of trials; the best one is kept however large it is.

    While there is room, a trial takes its place without a look at all others.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[int, Trial] = {}
        self._total = 0
        self._best: Trial | None = None

    def put(self, trial: Trial) -> list[Trial]:
        """Take a trial that is over; return those that are not kept any more, as what is said of
        them alone.
        """
        ahead = self._best is None or trial.merit > self._best.merit
        if trial.status == "failed" or (trial.status != "done" and not ahead):
            return [trial.told()]
        self._held[trial.number] = trial
        self._total += trial.nbytes
        all_done = self._best is None or self._best.status == "done"
        self._best = trial if ahead else self._best
        if all_done and self._total <= self._room:
            return []
        return [each.told() for each in self._cleared()]

    def _cleared(self) -> list[Trial]:
        """Let go of those that are wanted least; return them."""
        kept: dict[int, Trial] = {}
        self._total = 0
        for each in wanted(list(self._held.values())):
            if kept and self._total + each.nbytes > self._room:
                break
            self._total += each.nbytes
            kept[each.number] = each
        gone = [each for number, each in self._held.items() if number not in kept]
        self._held = kept
        return gone


def wanted(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that may be chosen, in the order in which they are wanted.

    The best comes first; where it was not scored on every split, it would be chosen alone. Then the
    best of each family, since an ensemble gains by what differs; then all others that were scored
    on every split.
    """
    able = [t for t in trials if t.status != "failed"]
    ranked = sorted(able, key=lambda t: t.merit, reverse=True)
    first = {t.number: t for t in ranked[:1]}
    families: set[str] = set()
    done = [t for t in ranked if t.status == "done"]
    for trial in done:
        if trial.candidate.family not in families:
            first[trial.number] = trial
        families.add(trial.candidate.family)
    return [*first.values(), *(trial for trial in done if trial.number not in first)]
