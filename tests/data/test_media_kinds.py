"""Columns of images and sounds: how they are recognised, stated, encoded, and refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

from pliant.core.errors import ConfigError, MediaError
from pliant.data.kinds.image import ImageSize
from pliant.data.kinds.registry import KINDS
from pliant.data.recognise import recognise
from pliant.data.stated import Stated, parse_columns
from pliant.data.table import learn_schema
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import AudioCodebook, ImageCodebook
from pliant.runtime.media.blobs import blob_of
from pliant.runtime.raw import Strings
from pliant.runtime.synthetic import typical
from pliant.testing import check_kind


def png(seed: int, size: tuple[int, int] = (6, 4)) -> bytes:
    data = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(1, 256, (*size, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def sounds(n: int) -> list[bytes]:
    made = AudioCodebook().made_up(n, np.random.default_rng(0))
    assert isinstance(made, Strings)
    return [blob_of(made.levels[i]) or b"" for i in range(n)]


PICTURES = [png(0), None, png(1), png(0), png(2)]


def test_bytes_of_images_are_images_by_every_way_in() -> None:
    frame = pd.DataFrame({"p": PICTURES * 20})  # so many that pandas is asked by way of Arrow
    ways: list[Any] = [
        {"p": PICTURES * 20},
        frame,
        pa.table({"p": pa.array(PICTURES * 20, pa.binary())}),
        pa.table({"p": pa.array(PICTURES * 20, pa.large_binary())}),
        [{"p": picture} for picture in PICTURES * 20],
    ]
    made = []
    for way in ways:
        schema = learn_schema(to_frame(way))
        assert schema.columns[0].kind == "image"
        assert schema.columns[0].codebook == ImageCodebook((6, 4), 3)
        made.append(schema.encode(to_frame(way)).own["image:0"])
    assert all(np.array_equal(made[0], other) for other in made[1:])
    assert not made[0][1].any()


@pytest.mark.parametrize("name", ["image", "audio"])
def test_the_contract_of_kinds_is_kept(name: str) -> None:
    check_kind(KINDS[name], PICTURES if name == "image" else [*sounds(3), None])


def test_bytes_of_sounds_are_sounds() -> None:
    column = recognise("s", column_from_values([*sounds(4), None]))
    assert column.kind == "audio"
    assert column.codebook == AudioCodebook(40, 64, 4_000)


def test_paths_are_images_where_one_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(0))
    paths = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    column = recognise("p", column_from_values(paths * 20))
    assert column.kind == "image"
    assert recognise("p", column_from_values(["x.png", "y.png"] * 20)).kind == "category"
    assert column.codebook is not None
    with pytest.raises(MediaError, match=r"no file .*b\.png, in column 'p', row 1"):
        learn_schema(to_frame({"p": paths * 20})).encode(to_frame({"p": paths}))


def test_texts_that_mention_images_are_none() -> None:
    texts = [f"the file {n}.png shows a cat" for n in range(9)] + ["GIF or JPEG?", "BM 2026"]
    assert recognise("t", column_from_values(texts)).kind != "image"


def test_a_size_may_be_stated() -> None:
    stated = Stated.of("p", "image:8x12")
    column = recognise("p", column_from_values(PICTURES), stated)
    assert column.codebook == ImageCodebook((8, 12), 3)
    assert parse_columns(["p=image:8x12,n=number"]) == {"p": "image:8x12", "n": "number"}
    for wrong in ("image:big", "image:0", "image:9999", "audio:5x"):
        with pytest.raises(ConfigError, match="with a size up to 512"):
            Stated.of("p", wrong)


def test_a_column_without_any_is_empty() -> None:
    for values in ([None, None], [1.0, 2.0]):
        column = recognise("p", column_from_values(values), Stated("image"))
        assert (column.kind, column.note) == ("empty", "no value is an image")


def test_grey_images_have_one_channel() -> None:
    data = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).save(data, "PNG")
    column = recognise("p", column_from_values([data.getvalue(), None]))
    assert column.codebook == ImageCodebook((6, 8), 1)


def test_the_size_follows_a_policy() -> None:
    policy = ImageSize(kept=10, few=20, small=16, large=24)
    assert policy.of([(10, 8)] * 3) == (10, 8)
    assert policy.of([(10, 8), (9, 8)]) == (16, 16)
    assert policy.of([(50, 40)] * 3) == (24, 24)
    assert policy.of([]) == (24, 24)


def test_a_damaged_image_is_named_by_column_and_row() -> None:
    cut = png(3, (60, 60))[:400]
    schema = learn_schema(to_frame({"p": PICTURES}))
    with pytest.raises(MediaError) as caught:
        schema.encode(to_frame({"p": [png(0), cut]}))
    said = str(caught.value)
    assert said.startswith("expected a whole image, but")
    assert said.endswith("got an image of 400 bytes, in column 'p', row 1")
    with pytest.raises(MediaError, match="but there is no file a text"):
        schema.encode(to_frame({"p": "a text"}))


def test_many_cells_are_decoded_in_their_order() -> None:
    pictures = [png(n, (2, 2)) for n in range(200)]
    book = ImageCodebook((2, 2), 3)
    plane = book.encode(column_from_values(pictures + pictures[::-1]))
    alone = np.concatenate([book.encode(column_from_values([picture])) for picture in pictures])
    assert np.array_equal(plane, np.concatenate([alone, alone[::-1]]))
    with pytest.raises(MediaError, match="row 150"):
        book.encode(column_from_values([*pictures[:150], b"GIF89a...", *pictures[150:], b"GIF89a"]))


def test_rows_like_those_of_a_table_have_its_pixels() -> None:
    schema = learn_schema(to_frame({"p": PICTURES}))
    coded = schema.encode(to_frame({"p": PICTURES}))
    again = schema.encode(typical(schema, coded))
    assert np.array_equal(again.own["image:0"], coded.own["image:0"])


def test_a_constant_image_is_told_of_without_its_bytes() -> None:
    column = recognise("p", column_from_values([png(0)] * 5))
    assert column.kind == "constant"
    assert column.note == f"every value is an image of {len(png(0))} bytes"
