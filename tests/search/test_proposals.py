"""Proposals: which trials a strategy knows of when it is asked, and who is asked next."""

from __future__ import annotations

import pytest

from pliant.models.additive import AdditiveConfig
from pliant.search.proposals import MAX_REFUSED, Proposals
from pliant.training.records import Candidate, Trial


class Listening:
    """Proposes so many candidates, and notes how many trials it knew of at each of them."""

    def __init__(self, name: str, most: int, patient: bool = False) -> None:
        self.name, self.most, self.patient = name, most, patient
        self.told, self.knew = list[int](), list[int]()

    def ask(self) -> Candidate | None:
        if len(self.knew) == self.most or (self.patient and not self.told):
            return None
        self.knew.append(len(self.told))
        return Candidate("additive", f"{self.name}{len(self.knew)}", AdditiveConfig())

    def tell(self, trial: Trial) -> None:
        self.told.append(trial.number)


def drained(proposals: Proposals, trials: list[Trial]) -> list[str]:
    """Accept what is proposed, and end a trial whenever nothing is."""
    accepted = list[Candidate]()
    while True:
        candidate = proposals.next(trials)
        if candidate is not None:
            accepted.append(candidate)
            proposals.accept()
        elif len(trials) == len(accepted):
            return [each.label for each in accepted]
        else:
            number = len(trials)
            trials.append(Trial(number, accepted[number], "done", 0.5, 9, ()))


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_a_proposal_knows_of_all_trials_but_those_ahead(ahead: int) -> None:
    one, other = Listening("a", 8), Listening("b", 3)
    proposals = Proposals(ahead)
    proposals.begin([one, other])
    assert drained(proposals, []) == [f"a{n}" for n in range(1, 9)] + ["b1", "b2", "b3"]
    assert one.knew == [max(0, n - ahead) for n in range(8)]
    assert other.knew == [8 - ahead, 9 - ahead, 10 - ahead]
    assert one.told == other.told == list(range(11))


def test_one_that_has_nothing_yet_is_asked_again_after_each_trial() -> None:
    strategies = [Listening("a", 2), Listening("b", 2, patient=True)]
    proposals = Proposals(3)
    proposals.begin(strategies)
    assert drained(proposals, []) == ["a1", "a2", "b1", "b2"]
    assert strategies[1].knew == [1, 1]


def test_after_so_many_refusals_the_next_one_has_its_turn() -> None:
    proposals = Proposals(3)
    proposals.begin([Listening("a", 99), Listening("b", 1)])
    for _ in range(MAX_REFUSED):
        assert proposals.next([]) is not None
        proposals.refuse()
    assert drained(proposals, []) == ["b1"]


def test_what_is_put_off_comes_after_the_first_strategy_and_not_twice() -> None:
    proposals = Proposals(0)
    proposals.begin([Listening("a", 2), Listening("b", 1)])
    dear = proposals.next([])
    assert dear is not None
    assert proposals.put_off(dear)
    names, trials = list[str](), list[Trial]()
    while (candidate := proposals.next(trials)) is not None:
        assert candidate != dear or not proposals.put_off(candidate)
        names.append(candidate.label)
        proposals.accept()
        trials.append(Trial(len(trials), candidate, "done", 0.5, 9, ()))
    assert names == ["a2", "a1", "b1"]


def test_nobody_is_asked_after_the_end() -> None:
    proposals, one = Proposals(3), Listening("a", 2)
    proposals.begin([one])
    assert proposals.next([]) is not None
    proposals.end()
    assert proposals.next([]) is None
    assert one.knew == [0]
