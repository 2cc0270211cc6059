"""What is measured, a room each: run from the project, as `python -m benchmarks.board.run`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project."""

RESULTS = ROOT / "benchmarks" / "results"
"""The accepted figures."""
