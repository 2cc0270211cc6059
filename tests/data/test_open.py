"""Any file is opened in one way, whether it is read whole or in blocks, and none ends elsewhere."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import pliant
from pliant.core.errors import ConfigError, DataError
from pliant.data.decode import Utf8
from pliant.data.read import Reads, read_frame
from pliant.data.store.source import BatchSize

ROWS = [(i % 17, "äß"[i % 2], "是否"[i % 3 > 0]) for i in range(60)]
TEXT = "x,größe,y\n" + "".join(f"{a},{b},{c}\n" for a, b, c in ROWS)
RAW = TEXT.encode()
LINES = "".join(
    json.dumps({"x": a, "größe": b, "y": c}, ensure_ascii=False) + "\n" for a, b, c in ROWS
)

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def packed_labels(path: str | Path | list[Path], folder: Path, encoding: str | None = None) -> int:
    """Return the rows of files packed in small blocks, whose labels must be the known ones."""
    small = pliant.PackOptions(batch=BatchSize(text_bytes=101))  # characters are cut between blocks
    store = pliant.pack(
        path, target="y", output=folder / "t.codes", encoding=encoding, options=small
    )
    assert store.classes == ("否", "是")
    levels = next(c for c in store.schema.columns if c.name == "größe").codebook.levels
    assert set(levels) == {"ä", "ß"}
    return len(store)


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (codecs.BOM_UTF8 + RAW, None),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), None),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "cp1252"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("gb18030"), "GB18030"),
    ],
)
def test_encodings(
    packer: str,
    text: bytes,
    encoding: str | None,
    tmp_path: Path,
) -> None:
    path = tmp_path / f"t.csv{packer}"
    path.write_bytes(PACKERS[packer](text))
    frame = read_frame(path, Reads(target="y"), encoding)
    assert list(frame) == ["x", "größe", "y"]
    assert frame.n_rows == 60
    assert packed_labels(path, tmp_path, encoding) == 60


@pytest.mark.parametrize("size", [101, -1])
def test_utf8_is_looked_at_in_pieces(size: int) -> None:
    """Characters are cut between pieces, and between pieces and blocks."""
    text = Utf8(io.BytesIO(RAW), "t.csv", None, piece=33)
    assert b"".join(iter(lambda: text.read(size), b"")) == RAW
    broken = Utf8(io.BytesIO(RAW[:-20] + b"\xff" + RAW[-20:]), "t.csv", None, piece=33)
    with pytest.raises(DataError, match=r"UTF-8 text in t\.csv, but line 59 holds"):
        list(iter(lambda: broken.read(size), b""))


def test_encoded_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(LINES.encode("gb18030"))
    assert list(read_frame(path, None, "gb18030")) == ["x", "größe", "y"]
    assert packed_labels(path, tmp_path, "gb18030") == 60
    with pytest.raises(DataError, match=r"line 1 holds the byte 0x.*--encoding"):
        read_frame(path)


@pytest.mark.parametrize("name", ["nope", "hex", "rot13"])
def test_an_unknown_encoding(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(RAW)
    with pytest.raises(ConfigError, match=f"expected an encoding that Python knows.*'{name}'"):
        read_frame(tmp_path / "t.csv", None, name)


def test_several_files_globs_and_urls(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(RAW)
    places = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert read_frame(places).n_rows == 120
    assert read_frame(tmp_path / "*.csv").n_rows == 120
    assert read_frame(f"file://{tmp_path}/a.csv").n_rows == 60
    assert packed_labels(f"file://{tmp_path}/?.csv", tmp_path) == 120
    (tmp_path / "b.csv").write_text("x,y\n1,a\n")
    with pytest.raises(DataError, match=r"in .*b\.csv, but it has no column 'größe'"):
        read_frame(places)
    assert read_frame(places, Reads(["x"])).n_rows == 61  # what nobody reads may be absent


def test_a_column_of_several_files_is_numbers_in_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("z\n01\n2\n")
    (tmp_path / "b.csv").write_text("z\n3\n4\n")
    frame = read_frame([tmp_path / "b.csv", tmp_path / "a.csv"])
    assert list(frame["z"].levels) == ["3", "4", "01", "2"]  # type: ignore[union-attr]


def heard(path: Path, folder: Path) -> list[str]:
    """Return what is said of a file read whole, which packing says too."""
    notes: list[str] = []
    frame = read_frame(path, None, None, notes.append)
    store = pliant.pack(path, target="y", output=folder / "t.codes")
    assert len(store) == frame.n_rows
    assert [c.name for c in store.schema.columns] == [name for name in frame if name != "y"]
    assert list(store.manifest.facts.notes) == notes
    return notes


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("a;b;y;;", "{};{};{};;", "2 columns of .* without a name or any value left out"),
        ("a,b,y", "{},{},{},", "the rows of .* end in 1 delimiters that its header has not"),
        ("a,b,y,,", "{},{},{}", "the header of .* ends in 2 delimiters"),
    ],
)
def test_trailing_delimiters(header: str, row: str, said: str, tmp_path: Path) -> None:
    rows = "".join(row.format(i % 7, i % 5, "uv"[i % 2]) + "\n" for i in range(60))
    (tmp_path / "t.csv").write_text(f"{header}\n{rows}")
    notes = heard(tmp_path / "t.csv", tmp_path)
    assert list(read_frame(tmp_path / "t.csv")) == ["a", "b", "y"]
    assert re.search(said, " ".join(notes))


@pytest.mark.parametrize(
    ("text", "line"), [(RAW + b'5,"open,a\n6,x,b\n', 62), (b'"' + RAW, 1), (RAW + b'5,x,"', 62)]
)
def test_a_quote_left_open(text: bytes, line: int, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(text)
    said = f"row that begins in line {line} is not"
    with pytest.raises(DataError, match=said):
        read_frame(tmp_path / "t.csv")
    with pytest.raises(DataError, match=said):
        pliant.pack(tmp_path / "t.csv", target="y", output=tmp_path / "t.codes")


def damaged(folder: Path) -> dict[str, bytes]:
    """Return files that are cut short, damaged, encrypted, or something else."""
    table = pa.table({"x": [a for a, _, _ in ROWS], "y": [c for _, _, c in ROWS]})
    parquet.write_table(table, folder / "ok.parquet")
    feather.write_feather(table, folder / "ok.arrow")
    pq, arrow = (folder / "ok.parquet").read_bytes(), (folder / "ok.arrow").read_bytes()
    foot = len(pq) - 8 - int.from_bytes(pq[-8:-4], "little")
    cut = {f"cut.csv{end}": pack(RAW)[:-20] for end, pack in PACKERS.items() if end}
    other = {f"no.csv{end}": RAW for end in PACKERS if end}
    return (
        cut
        | other
        | {
            "foot.parquet": pq[:foot] + b"\xff" + pq[foot + 1 :],
            "middle.parquet": pq[:40] + b"\xff" * 60 + pq[100:],
            "encrypted.parquet": pq[:-4] + b"PARE",
            "magic.parquet": b"PAR1" * 2,
            "half.arrow": arrow[: len(arrow) // 2],
            "magic.arrow": b"ARROW1\0\0",
            "words.arrow": b"nonsense nonsense",
            "empty.csv": b"",
            "mark.csv": codecs.BOM_UTF8,
            "excel.csv": b"PK\x03\x04\x14\0\x06\0rest",
            "deep.jsonl": b'{"x":' + b"[" * 100_000 + b"\n",
            "odd.csv": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-1],
        }
    )


def test_damage_is_said_in_one_sentence(tmp_path: Path) -> None:
    for name, data in damaged(tmp_path).items():
        path = tmp_path / name
        path.write_bytes(data)
        for read in (
            lambda path=path: read_frame(path),
            lambda path=path: pliant.pack(path, target="y", output=tmp_path / "t.codes"),
        ):
            with pytest.raises(DataError, match=r"^expected .*") as raised:
                read()
            assert name in str(raised.value)
            assert "\n" not in str(raised.value)


def test_half_a_character_in_json_and_nul(tmp_path: Path) -> None:
    row = {"x\ud800": 1, "c": "a\udfff", "y": "\ud83d\ude00"}
    rows = [json.dumps(row | {"y": f"{i % 2}\ud800"}) for i in range(60)]
    (tmp_path / "t.jsonl").write_text("\n".join([*rows, json.dumps(row | {"c": "\ud83d\ude00"})]))
    frame = read_frame(tmp_path / "t.jsonl", Reads(target="y"))
    assert list(frame) == ["x\ufffd", "c", "y"]
    assert frame["c"].levels == ["a\ufffd", "\U0001f600"]  # type: ignore[union-attr]
    (tmp_path / "n.csv").write_bytes(RAW + b"5,x\x00y,\xe6\x98\xaf\n")
    assert read_frame(tmp_path / "n.csv").n_rows == 61
    store = pliant.pack(tmp_path / "n.csv", target="y", output=tmp_path / "n.codes")
    assert len(store) == 61


def test_a_url_of_no_known_kind_is_refused() -> None:
    with pytest.raises(DataError, match=r"a URL that begins with .* got 'foo://a/b.csv'"):
        read_frame("foo://a/b.csv")
