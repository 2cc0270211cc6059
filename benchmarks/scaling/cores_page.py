"""What more cores are worth, for docs/scaling.md: tables and a picture a machine, of `cores.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.board.board import Line
from benchmarks.board.plots import plt, save
from benchmarks.board.sections import table

INTRODUCTION = """\
## More cores

`python -m benchmarks.scaling.cores` measures, on the machine that it runs on, what 1, 2, 4, ... and
all of its cores are worth; each point is bound to so many of them. With T(1) the time of one core,
P cores should take T(P) = T(1) / P. What a search takes beyond that is said by name: *before*, the
seconds until the first trial, which are reading, coding and starting the workers; *parent*, the
processor time of the fitting process, which proposes, ranks, chooses and compiles while workers
fit; and *waiting*, what is left when the mean time in fits is taken away too.
"""


def section(lines: list[Line]) -> Iterator[str]:
    """Give the section."""
    yield INTRODUCTION
    for number, (machine, own) in enumerate(_by_machine(lines)):
        latest = max(line["date"] for line in own)
        first = own[0]
        yield (
            f"### {machine}\n\n{first['rows']:,} rows, {first['trials']} trials, fits of "
            f"{first['budget']:g} s; {latest}.\n"
        )
        yield _speed(own) + "\n"
        yield _parts(own) + "\n"
        yield f"![Speed-up by cores, {machine}](images/{_picture(number)})\n"


def draw_all(lines: list[Line], folder: Path) -> None:
    """Draw the pictures of the section into a folder."""
    for number, (_, own) in enumerate(_by_machine(lines)):
        draw(own, folder / _picture(number))


def _by_machine(lines: list[Line]) -> list[tuple[str, list[Line]]]:
    machines = dict.fromkeys(line["machine"] for line in lines)
    return [(name, [line for line in lines if line["machine"] == name]) for name in machines]


def _picture(number: int) -> str:
    return f"cores-{number}.svg"


def _speed(lines: list[Line]) -> str:
    """Return a table of what each number of cores takes, and how many times as fast it is."""
    rows = []
    for cores in sorted({line["cores"] for line in lines}):
        at = {line["kind"]: line for line in lines if line["cores"] == cores}
        cells = [str(cores)]
        for kind in ("trials", "refits", "prediction"):
            seconds = at[kind]["seconds"]
            cells.append(f"{seconds:.2f} ({_one(lines, kind) / seconds:.2f}x)")
        rows.append([*cells, f"{at['budget']['score']:.4f}", str(at["budget"]["made"])])
    head = ["cores", "trials, s", "refits, s", "prediction, s"]
    return table([*head, "score at equal seconds", "its trials"], rows)


def _parts(lines: list[Line]) -> str:
    """Return a table of what the search took beyond T(1) / P, by name."""
    rows = []
    own = sorted((x for x in lines if x["kind"] == "trials"), key=lambda x: x["cores"])
    for x in own:
        ideal, fits = _one(lines, "trials") / x["cores"], x["in_fits"] / x["cores"]
        waiting = x["seconds"] - x["before"] - fits
        numbers = [x["seconds"], ideal, x["before"], fits, waiting, x["parent"]]
        rows.append([str(x["cores"]), *(f"{n:.2f}" for n in numbers)])
    head = ["cores", "T(P), s", "T(1) / P", "before", "in fits / P", "waiting", "parent, cpu s"]
    return table(head, rows)


def _one(lines: list[Line], kind: str) -> float:
    """Return the seconds of a kind of work on the fewest cores, times these."""
    fewest = min((x for x in lines if x["kind"] == kind), key=lambda x: x["cores"])
    return float(fewest["seconds"] * fewest["cores"])


def draw(lines: list[Line], path: Path) -> None:
    """Draw the speed-up against the cores, and the ideal."""
    figure, axes = plt.subplots(figsize=(6, 4))
    cores = sorted({line["cores"] for line in lines})
    axes.plot(cores, cores, "--", color="#94a3b8", label="ideal")
    for kind in ("trials", "refits", "prediction"):
        own = sorted((x for x in lines if x["kind"] == kind), key=lambda x: x["cores"])
        gains = [_one(lines, kind) / x["seconds"] for x in own]
        axes.plot([x["cores"] for x in own], gains, "o-", label=kind)
    axes.set(xlabel="cores", ylabel="times as fast as one", xticks=cores)
    axes.legend(frameon=False)
    save(figure, path)
