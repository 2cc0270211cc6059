"""Models of grams that the kernel scores together: as each by itself, the text read once."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.runtime import gram_step
from pliant.runtime.coded import Coded
from pliant.runtime.gram_step import gram_steps
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops import text as text_ops
from pliant.runtime.program import Program
from pliant.runtime.raw import Strings

pytestmark = pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")

TEXT = Strings(np.array([0, 1, -1, 2, 1], np.int32), ["good tea, 很好", "tea", "", "nobody's"])
ROWS = Coded(
    np.empty((5, 0), np.uint8), np.empty((5, 0), np.int32), {"text:0": TEXT, "text:1": TEXT}
)
INPUTS = {"codes": Wire("codes", 0), "ids": Wire("ids", 0)}
INPUTS |= {"text:0": Wire("text", 1), "text:1": Wire("text", 1)}


def scoring(output: str, width: int, wire: str = "text:0", bits: int = 9) -> Op:
    rng = np.random.default_rng(len(output) + width)
    slots = np.sort(rng.permutation(1 << bits)[:300]).astype(np.int32)
    lengths = rng.integers(0, width + 1, len(slots))
    outputs = [np.sort(rng.permutation(width)[:n]) for n in lengths]
    arrays = {
        "slots": slots,
        "offsets": np.concatenate([[0], np.cumsum(lengths)]),
        "outputs": np.concatenate(outputs).astype(np.uint16),
        "weights": rng.integers(-127, 128, lengths.sum()).astype(np.int8),
        "scale": rng.normal(size=width),
        "bias": rng.normal(size=width),
    }
    settings = {"words": 2, "low": 2, "high": 4, "bits": bits}
    return Op("gram_scores", (wire,), output, arrays, settings)


OPS = [
    scoring("a", 2),
    scoring("other", 2, "text:1"),
    scoring("bb", 2),
    scoring("fewer", 2, bits=10),
    Op("mix", ("a", "other", "bb", "fewer"), "out", {"weights": np.array([1.0, 2.0, 3.0, 4.0])}),
]


def test_models_together_score_as_each_does_alone() -> None:
    together, apart = Program(OPS, INPUTS), Program(OPS, INPUTS, kernel=False)
    assert np.array_equal(together(ROWS), apart(ROWS))
    one = ROWS.take(np.array([0]))
    assert np.array_equal(together(one), apart(one))


def test_a_text_is_read_once_for_models_that_read_it_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    read, real = list[list[str]](), text_ops.joined_tokens

    def joined_tokens(texts: list[str]) -> tuple[str, ...]:
        read.append(texts)
        return real(texts)

    monkeypatch.setattr(text_ops, "joined_tokens", joined_tokens)
    Program(OPS, INPUTS)(ROWS)
    assert [step.outputs for step in gram_steps(OPS)] == [
        (("a", 2), ("bb", 2)),
        (("fewer", 2),),
        (("other", 2),),
    ]
    assert len(read) == 3


def test_a_row_alone_may_lack_its_text() -> None:
    program = Program([scoring("a", 3)], INPUTS)
    bare = Strings(np.array([-1], np.int32), ["tea"])
    row = Coded(ROWS.codes[:1], ROWS.ids[:1], {"text:0": bare, "text:1": bare})
    assert program(row).tolist() == [scoring("a", 3).arrays["bias"].tolist()]


def test_no_model_has_more_outputs_than_it_can_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_step, "MAX_OUTPUTS", 5)
    ops = [scoring(name, width) for name, width in (("a", 3), ("b", 2), ("c", 1), ("d", 9))]
    found = [[name for name, _ in step.outputs] for step in gram_steps(ops)]
    assert found == [["a", "b"], ["c"], ["d"]]
