"""Make a virtual environment for each peer, so that none holds back another's versions.

    python -m benchmarks.board.environments [DIR] [NAME ...]

DIR is `.bench` by default; a NAME is that of a file in `requirements`, all by default.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks import ROOT

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Make the environments that are asked for; say which failed."""
    known = sorted(path.stem for path in (HERE / "requirements").glob("*.txt"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / ".bench")
    parser.add_argument("names", nargs="*", help=", ".join(known))
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    failed = [n for n in options.names or known if not _make(options.folder.absolute() / n, n)]
    if failed:
        sys.exit(f"could not install: {', '.join(failed)}")


def _make(folder: Path, name: str) -> bool:
    """Install the requirements, in a new environment unless it is there; return success."""
    print(f"{name} …", flush=True)
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, symlinks=True)
    requirements = HERE / "requirements" / f"{name}.txt"
    command = [python, "-m", "pip", "install", "--quiet", "--upgrade", "-r", requirements]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    main()
