"""What one student loses: the figures behind the recipes of `pliant.compress` and its made-up rows.

python -m benchmarks.quality.distillation DIR/adult "catboost 6 0.05 3500"
    "lightgbm 63 0.05 900 distilled" [--budget 60] [--swapped 0.3] [--among 5000]
    [--transfer-rows 300000] [--sweeps 3]

An ensemble is fitted in the budget, and the students that are named, by family, depth or leaves,
step and rounds, are trained on all rows with all the time they want: no selection is made. Scores
are of the test file.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.students import Ground
from pliant.compile.trim import trimmed
from pliant.compress.distill import augment, correct
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.recipes import Recipe
from pliant.compress.distill.student import StudentSpec
from pliant.compress.distill.teacher import FoldTeacher
from pliant.compress.distill.transfer_size import TransferSize
from pliant.core.deadline import Deadline
from pliant.ensemble.incremental.extension import Ensemble
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.training.context import FitContext
from pliant.training.engines.serial import SerialEngine


def main() -> None:
    """Print a line a student."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("students", nargs="+", type=student)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--swapped", type=float, default=augment.SWAPPED)
    parser.add_argument("--among", type=int, default=augment.AMONG)
    parser.add_argument("--sweeps", type=int, default=correct.SWEEPS)
    parser.add_argument("--transfer-rows", type=int, default=TransferSize.max_rows)
    options = parser.parse_args()
    augment.SWAPPED, augment.AMONG = options.swapped, options.among
    correct.SWEEPS, transfer = options.sweeps, TransferSize(max_rows=options.transfer_rows)
    for line in lines(Ground.of(options.folder, options.budget), options.students, transfer):
        print(line, flush=True)


def student(name: str) -> str:
    """Return the name of a student that there can be."""
    if recipe_of(name.removesuffix(" distilled")).family not in ("catboost", "lightgbm"):
        raise ValueError("expected catboost or lightgbm")
    return name


def lines(ground: Ground, named: list[str], transfer: TransferSize) -> Iterator[str]:
    """Yield what the ensemble is, and then what each student loses."""
    shrinking, whole = ground.result.shrinking, ground.whole
    builder = shrinking.builder
    size = f"{whole['size'] / 1e3:.0f} kB"
    yield f"ensemble: {ground.metric.name} {whole['score']:.5g}, {size}"
    taught_by = FoldTeacher(builder.experiment, shrinking.selection, shrinking.finish)
    card = builder.card(Ensemble(shrinking.selection, ()))
    engine = SerialEngine(2)
    engine.start(builder.experiment)
    score, context = shrinking.selection.score, FitContext(Deadline(None), 2)
    made_with = (builder.experiment, taught_by, score, card, context, engine)
    distillation = Distillation(*made_with, transfer=transfer)
    for name in named:
        recipe = recipe_of(name.removesuffix(" distilled"))
        start = time.perf_counter()
        spec = StudentSpec(distillation, recipe, "plain", name.endswith(" distilled"))
        model = trimmed(spec.final(recipe.rounds, 0.0))
        seconds, found = time.perf_counter() - start, ground.scored(model)
        lost = (whole["score"] - found["score"]) / abs(whole["score"])
        yield (
            f"{name}: {100 * lost:.2f} % lost, {ground.faster(model):.1f} times as fast, "
            f"{found['size'] / 1e3:.0f} kB, {seconds:.0f} s"
        )


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a name such as "catboost 6 0.05 3500"."""
    family, size, step, rounds = name.split()
    if family == "catboost":
        return Recipe(family, "{} trees", CatBoostConfig(float(step), int(size), 3.0), int(rounds))
    leaves = int(size)
    config = LightGBMConfig(float(step), leaves, 10 if leaves < 63 else 3)
    return Recipe(family, "{} trees", config, int(rounds))


if __name__ == "__main__":
    main()
