"""Images on the command line: a folder of class folders, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from conftest import run_in
from pliant.runtime.media.images import bitmap_of

FIT = (
    "fit",
    "photos",
    "--target",
    "colour",
    "--trials",
    "1",
    "--models",
    "additive",
    "--folds",
    "2",
)


def write_photos(folder: Path, n: int) -> None:
    """Write bright and dark pictures into a folder each."""
    rng = np.random.default_rng(0)
    for i in range(n):
        place = folder / ("bright" if i % 2 else "dark") / f"{i:02}.bmp"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bitmap_of(rng.integers(1, 90, (4, 4, 3)).astype(np.uint8) + i % 2 * 160))


def test_a_folder_is_learned_from_and_what_is_absent_is_said(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    write_photos(tmp_path / "photos", 20)
    fitted = run(*FIT, "-o", "m.pliant")
    assert fitted.returncode == 0, fitted.stderr
    (tmp_path / "new.csv").write_text("file\nphotos/dark/00.bmp\nphotos/none.bmp\n")
    refused = run("predict", "m.pliant", "new.csv", "-o", "p.csv")
    assert refused.returncode == 1
    assert "but there is no file photos/none.bmp, in column 'file', row 1" in refused.stderr
    assert "Traceback" not in refused.stderr
    allowed = run("predict", "m.pliant", "new.csv", "-o", "p.csv", "--missing-files", "allow")
    assert allowed.returncode == 0, allowed.stderr
    assert (tmp_path / "p.csv").read_text().splitlines()[1].startswith("dark,")
    (tmp_path / "photos" / "dark" / "00.bmp").write_bytes(b"BM\0\0\0\0\0\0\0\0 and no more")
    damaged = run(*FIT, "-o", "n.pliant")
    assert damaged.returncode == 1
    assert "in column 'file', row 10" in damaged.stderr
    assert not (tmp_path / "n.pliant").exists()
