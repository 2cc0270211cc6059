"""Programs: ops wired to one another, checked before they run."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.core.errors import ModelFileError
from pliant.runtime.coded import Coded
from pliant.runtime.grams import GramCounts, GramRecipe
from pliant.runtime.ops import Op, Wire
from pliant.runtime.program import CHUNK_ROWS, Program
from pliant.runtime.raw import Strings

INPUTS = {"codes": Wire("codes", 2), "ids": Wire("ids", 0)}


def coded(n: int) -> Coded:
    codes = np.random.default_rng(0).integers(0, 256, (n, 2)).astype(np.uint8)
    return Coded(codes, np.empty((n, 0), dtype=np.int32))


def gather(source: str = "codes", output: str = "picked") -> Op:
    return Op("gather", (source,), output, {"columns": np.array([1], dtype=np.uint16)})


def decode(source: str = "picked", output: str = "out") -> Op:
    table = np.arange(256, dtype=np.float32)[None]
    return Op(
        "decode", (source,), output, {"feature": np.zeros(1, dtype=np.uint16), "table": table}
    )


def test_a_program_runs_its_ops_one_after_another() -> None:
    table = coded(50)
    out = Program([gather(), decode()], INPUTS)(table)
    assert out.dtype == np.float64
    assert np.array_equal(out[:, 0], table.codes[:, 1])


def test_rows_go_through_in_chunks() -> None:
    program = Program([gather(), decode()], INPUTS, kernel=False)
    table = coded(2 * CHUNK_ROWS + 7)
    assert np.array_equal(program(table)[:, 0], table.codes[:, 1])


def test_no_rows_give_no_predictions() -> None:
    assert Program([gather(), decode()], INPUTS)(coded(0)).shape == (0, 1)


def shared(between: tuple[float, float]) -> list[Op]:
    """A cascade whose inputs share an op, and one that has an op that neither needs."""
    twice = {"scale": np.array([2.0]), "shift": np.zeros(1)}
    bounds = {"between": np.array(between)}
    ops = [gather(), decode(), gather(output="unused"), Op("affine", ("out",), "twice", twice)]
    return [*ops, Op("cascade", ("out", "twice"), "chosen", bounds)]


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("n", [0, 1, 300])
def test_a_cascade_makes_its_second_input_for_the_rows_that_take_it(
    n: int, kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, table = Program(shared((100.0, 150.0)), INPUTS, kernel=kernel), coded(n)
    first, second = program._stages
    seen = list[int]()

    def counted(rows: Coded) -> object:
        seen.append(len(rows))
        return second(rows)

    monkeypatch.setattr(program, "_stages", (first, counted))
    values = table.codes[:, 1].astype(float)
    unsure = (values >= 100) & (values <= 150)
    assert program(table)[:, 0].tolist() == np.where(unsure, 2 * values, values).tolist()
    assert sum(seen) == unsure.sum()
    assert program.direct is None


@pytest.mark.parametrize(
    ("ops", "message"),
    [
        ([], "one op at least, got none"),
        ([Op("eval", ("codes",), "out")], r"op 0 \(eval\): expected one of the ops"),
        ([gather("nowhere")], r"op 0 \(gather\) reads 'nowhere', never made"),
        ([decode(), gather()], r"op 0 \(decode\) reads 'picked', never made"),
        ([gather(), gather()], r"op 1 \(gather\) makes 'picked' a second time"),
        ([gather(output="codes")], r"op 0 \(gather\) makes 'codes' a second time"),
        ([gather()], "ends in values"),
        ([gather("ids")], r"op 0 \(gather\): expected one input of codes"),
    ],
)
def test_a_program_that_does_not_hold_together_is_refused(ops: list[Op], message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        Program(ops, INPUTS)


def test_text_that_several_ops_read_alike_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    real = Strings.counts

    def counts(text: Strings, recipe: GramRecipe | None = None) -> GramCounts:
        counted.append(recipe)
        return real(text, recipe)

    monkeypatch.setattr(Strings, "counts", counts)
    recipe = GramRecipe(1, 0, 0, 4)
    named = {"words": 1, "low": 0, "high": 0, "bits": 4}
    arrays = {
        "slots": np.arange(16, dtype=np.int32),
        "offsets": np.arange(17),
        "outputs": np.zeros(16, np.uint16),
        "weights": np.arange(16).astype(np.int8),
        "scale": np.ones(1),
        "bias": np.zeros(1),
    }
    ops = [Op("gram_scores", ("text:0",), name, arrays, named) for name in "ab"]
    ops.append(Op("mix", ("a", "b"), "out", {"weights": np.array([1.0, -1.0])}))
    text = Strings(np.array([0, 1, -1], np.int32), ["good tea", "tea"])
    rows = Coded(np.empty((3, 0), np.uint8), np.empty((3, 0), np.int32), {"text:0": text})
    inputs = {"codes": Wire("codes", 0), "ids": Wire("ids", 0), "text:0": Wire("text", 1)}
    assert Program(ops, inputs)(rows).tolist() == [[0.0]] * 3
    assert counted == [recipe]
    alone = Program(ops[:1], inputs)(rows)
    assert alone[2, 0] == 0 < alone[1, 0]
    assert len(counted) == 1
    prepared = Program(ops[:1], inputs).prepared(rows)
    assert len(counted) == 2
    assert prepared.texts[0].counted is not None
    assert np.array_equal(Program(ops[:1], inputs)(prepared), alone)


def test_text_of_earlier_versions_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed, real = [], Strings.with_grams

    def with_grams(text: Strings) -> Strings:
        hashed.append(text)
        return real(text)

    monkeypatch.setattr(Strings, "with_grams", with_grams)
    weights = np.arange(64, dtype=np.float32).reshape(32, 2)
    ops = [Op("ngrams", ("text:0",), name, {"weights": weights}) for name in "ab"]
    ops.append(Op("mix", ("a", "b"), "out", {"weights": np.array([1.0, -1.0])}))
    text = Strings(np.array([0, 1], np.int32), ["good tea", "tea"])
    rows = Coded(np.empty((2, 0), np.uint8), np.empty((2, 0), np.int32), {"text:0": text})
    inputs = {"codes": Wire("codes", 0), "ids": Wire("ids", 0), "text:0": Wire("text", 1)}
    assert Program(ops, inputs)(rows).tolist() == [[0.0, 0.0]] * 2
    assert len(hashed) == 1
