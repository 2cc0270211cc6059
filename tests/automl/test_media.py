"""Images and sounds from files to predictions, by every way in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import pliant
from few_folds import FEW
from pliant.core.errors import DataError
from pliant.data.labels import Labels
from pliant.runtime.kinds import AudioCodebook
from pliant.runtime.media.blobs import blob_of
from pliant.runtime.raw import Strings

N = 40
QUICK: dict[str, Any] = {"trials": 1, "models": ["additive"], "cv": FEW, "random_state": 0}


def picture(n: int) -> bytes:
    """Return a reddish or a bluish picture of 8 x 8 pixels, by turns."""
    pixels = np.random.default_rng(n).integers(1, 90, (8, 8, 3)).astype(np.uint8)
    pixels[..., 2 * (n % 2)] += 120
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


PICTURES = [picture(n) for n in range(N)]
COLOURS = ["red", "blue"] * (N // 2)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of class folders, and a table of the same paths beside it."""
    lines = ["photo,n,label"]
    for n, (data, colour) in enumerate(zip(PICTURES, COLOURS, strict=True)):
        place = tmp_path / "photos" / colour / f"{n:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        lines.append(f"{place.relative_to(tmp_path)},1,{colour}")
    (tmp_path / "photos" / ".hidden").write_text("no picture")
    (tmp_path / "photos.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_bytes_are_learned_from_and_predicted(tmp_path: Path) -> None:
    pictures: list[Any] = [*PICTURES[:-1], None]
    model = pliant.Classifier(**QUICK).fit({"p": pictures}, COLOURS)
    assert (model.predict({"p": PICTURES[:8]}) == COLOURS[:8]).all()
    model.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert loaded.predict({"p": PICTURES[0]}).tolist() == ["red"]
    ones = np.concatenate([loaded.predict_proba({"p": data}) for data in pictures])
    assert np.array_equal(ones, loaded.predict_proba({"p": pictures}))
    assert np.array_equal(ones, model.predict_proba({"p": pictures}))
    assert {op.name for op in loaded.predictor.program.ops} >= {"gradients", "colours", "scores"}
    assert model.predict(PICTURES[:2]).tolist() == ["red", "blue"]
    assert loaded.predict(PICTURES[:2]).tolist() == ["red", "blue"]
    loaded.with_background({"p": PICTURES}).save(tmp_path / "b.pliant")
    told = pliant.load(tmp_path / "b.pliant").explain({"p": PICTURES[0]})
    assert "p = an image of" in str(told)
    names = [op.name for op in loaded.predictor.program.ops]
    assert names.count("gradients") == names.count("colours") == 1  # for all folds
    with pytest.raises(pliant.ExportError, match="fit without the columns 'p'"):
        loaded.export(tmp_path / "m.onnx")


def test_paths_in_a_table_begin_where_it_lies(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pliant.data.open(photos / "photos.csv", target="label")
    model = pliant.Classifier(**QUICK).fit(rows)
    assert [c.kind for c in model.model_.schema.columns] == ["image", "constant"]
    assert model.score(rows) == 1.0
    same = pliant.Classifier(**QUICK).fit({"photo": PICTURES, "n": [1] * N}, COLOURS)
    found = same.predict_proba({"photo": PICTURES, "n": [1] * N})
    assert np.array_equal(model.predict_proba(photos / "photos.csv"), found)
    monkeypatch.chdir(photos)
    assert model.predict({"photo": "photos/blue/01.png"}).tolist() == ["blue"]


def test_a_folder_of_class_folders_is_a_table(photos: Path) -> None:
    rows = pliant.data.open(photos / "photos")
    frame = rows.frame()
    label = frame["label"]
    assert isinstance(label, Labels | Strings)
    assert frame.n_rows == N
    named = pliant.data.open(photos / "photos", target="colour")
    model = pliant.Classifier(**QUICK).fit(named)
    assert model.score(named) == 1.0
    assert model.predict(photos / "photos" / "red").tolist() == ["red"] * (N // 2)
    assert model.model_.score(photos / "photos") == 1.0
    (photos / "empty").mkdir()
    with pytest.raises(DataError, match="store"):
        pliant.data.open(photos / "empty")


def test_files_that_do_not_exist_are_refused_or_missing(photos: Path) -> None:
    table = photos / "photos.csv"
    model = pliant.Classifier(**QUICK).fit(pliant.data.open(table, target="label"))
    absent = photos / "photos" / "red" / "04.png"
    absent.unlink()
    with pytest.raises(DataError, match=r"no file .*04\.png, in column 'photo', row 4"):
        model.predict(table)
    with pytest.raises(DataError, match="row 4"):
        pliant.Classifier(**QUICK).fit(pliant.data.open(table, target="label"))
    allowed = pliant.data.open(table, target="label", missing_files="allow")
    found = model.predict_proba(allowed)
    assert np.array_equal(found[4], model.predict_proba({"photo": None})[0])
    patient = pliant.Classifier(**QUICK).fit(allowed)
    assert len(patient.predict(table)) == N  # as it was learned


def test_a_store_keeps_pixels(photos: Path) -> None:
    rows = pliant.data.open(photos / "photos.csv", target="label")
    store = pliant.pack(rows, output=photos / "photos.codes")
    pixels = np.concatenate([store.shard(i).coded.own["image:0"] for i in range(store.n_shards)])
    assert pixels.shape == (N, 8 * 8 * 3)
    direct = rows.frame()
    whole = store.schema.encode(direct).own["image:0"]
    assert sorted(map(bytes, pixels)) == sorted(map(bytes, whole))
    model = pliant.Classifier(**QUICK).fit(store)
    assert model.predict({"photo": PICTURES[1]}).tolist() == ["blue"]


def test_bytes_in_a_store_are_learned_from_some(photos: Path) -> None:
    table = {"p": PICTURES, "n": [1] * N, "y": COLOURS}
    store = pliant.pack(table, target="y", output=photos / "bytes.codes")
    assert [c.kind for c in store.schema.columns] == ["image", "constant"]
    assert store.sizes.columns[0].raw == N * 8 * 8 * 3
    cut = {**table, "p": [*PICTURES[:-1], PICTURES[-1][:60]]}
    with pytest.raises(DataError, match="row 39 of the table"):
        pliant.pack(cut, target="y", output=photos / "cut.codes")


def test_a_store_is_packed_in_parts(photos: Path) -> None:
    table = pa.table({"p": pa.array(PICTURES, pa.binary()), "y": COLOURS})
    pq.write_table(table, photos / "bytes.parquet")
    whole = pliant.pack(photos / "bytes.parquet", target="y", output=photos / "a.codes")
    small = pliant.PackOptions(batch=pliant.data.BatchSize(file_bytes=1_000))
    parts = pliant.pack(
        photos / "bytes.parquet", target="y", output=photos / "b.codes", options=small
    )
    found, same = (store.shard(0) for store in (whole, parts))
    assert np.array_equal(found.coded.own["image:0"], same.coded.own["image:0"])
    assert np.array_equal(found.target.values, same.target.values)


def test_urls_are_fetched() -> None:
    places = []
    for n, data in enumerate(PICTURES[:10]):
        places.append(f"memory://photos/{n}.png")
        with fsspec.open(places[-1], "wb") as file:
            file.write(data)
    model = pliant.Classifier(**QUICK).fit({"p": places}, COLOURS[:10])
    assert model.model_.schema.columns[0].kind == "image"
    assert np.array_equal(model.predict_proba({"p": places}), model.predict_proba(PICTURES[:10]))
    with pytest.raises(DataError, match=r"no file memory://photos/none\.png"):
        model.predict({"p": "memory://photos/none.png"})


def test_sounds_are_learned_from_beside_numbers() -> None:
    rng = np.random.default_rng(0)
    noise = AudioCodebook().made_up(N, rng)
    assert isinstance(noise, Strings)
    sounds = [blob_of(noise.levels[n % 20]) for n in range(N)]
    X = {"s": sounds, "x": rng.normal(size=N)}
    model = pliant.Classifier(**QUICK).fit(X, [n % 2 for n in range(N)])
    assert model.model_.schema.columns[0].kind == "audio"
    assert model.score(X, [n % 2 for n in range(N)]) > 0.9
    assert len(model.predict({"s": sounds[0], "x": 0.5})) == 1
