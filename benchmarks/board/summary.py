"""Turn result lines into tables of plain markdown.

python -m benchmarks.board.summary results.jsonl [more.jsonl ...] [--ours pliant]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.board import sections
from benchmarks.board.board import Board, read


def main() -> None:
    """Read the files, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--ours", default="pliant", help="whose wins are counted")
    options = parser.parse_args()
    board = Board.of(read(options.files))
    print("## Scores\n", sections.scores(board), "\n## Standing\n", sep="\n")
    print(sections.standing(board, options.ours), "\n## Costs: medians over the sets\n", sep="\n")
    print(sections.costs(board))
    if said := sections.failures(board):
        print("\n## Errors\n", said, sep="\n")


if __name__ == "__main__":
    main()
