"""Wherever the images are, every command makes the same of them as from a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from negdata.demo import draw_scene
from tests.cli.forked import negdata, refused
from tests.cli.test_filter import asking, corpus, red_or_blue
from tests.images.made import in_parquet, in_tars
from tests.images.web import web_server
from tests.publish.sets import record, write_images, write_records
from tests.remote.s3 import S3, s3
from tests.servers.vision_server import vision_server

__all__ = ["s3"]
PLACES = ("tars", "parquet", "web", "s3", "s3 tars")
"""Beside a folder of this machine."""


def elsewhere(folder: Path, kind: str, s3: S3, web: str) -> str:
    """The images of ``folder/images`` at another place."""
    contents = {path.name: path.read_bytes() for path in sorted((folder / "images").iterdir())}
    if kind == "parquet":
        in_parquet(folder / "parquet" / "a.parquet", list(contents.items()))
        return "parquet"
    if kind == "web":
        return f"{web}/images"
    if kind == "s3":
        for name, content in contents.items():
            s3.put(f"images/{name}", content)
        return "s3://bucket/images"
    pattern = in_tars(folder / "tars", contents, 5)
    if kind == "s3 tars":
        for tar in pattern.parent.iterdir():
            s3.put(f"tars/{tar.name}", tar.read_bytes())
        return f"s3://bucket/tars/{pattern.name}"
    return f"tars/{pattern.name}"


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> Iterator[Callable[[str], str]]:
    with web_server(tmp_path) as (web, _):
        yield lambda kind: elsewhere(tmp_path, kind, s3, web)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_eval(tmp_path: Path, place: Callable[[str], str]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.clip.tiny import clip_folder

    clip_folder(tmp_path / "clip")
    (tmp_path / "images").mkdir()
    items = []
    for number in range(8):
        name = f"COCO_train2014_{number:012}.jpg"
        draw_scene(number).image().save(tmp_path / "images" / name)
        boxes = [[0, 0, 40.5 + number, 112], [40.5 + number, 0, 112 - 40.5 - number, 112]]
        item = {"image": name, "phrase": f"a thing without {number} hats"}
        items.append({**item, "ref_bbox": boxes[number % 2], "bbox_list": boxes})
    (tmp_path / "bench.json").write_text(json.dumps(items))
    found = {}
    for kind in ("folder", *PLACES):
        where = "images" if kind == "folder" else place(kind)
        words = ("eval", "bench.json", "--model", "clip", "--images", where, "--predictions", "p.jsonl", "--json")
        report = json.loads(negdata(*words, folder=tmp_path).stdout)
        found[kind] = report["benches"], lines(tmp_path / "p.jsonl")
        assert not report["benches"][0]["models"][0]["failed"]
    assert all(one == found["folder"] for one in found.values())
    nowhere = ("eval", "bench.json", "--model", "clip", "--images", "s3://bucket/nowhere")
    assert "The image folder s3://bucket/nowhere doesn't exist. Check --images." in refused(*nowhere, folder=tmp_path)


@pytest.mark.parametrize(("to", "kinds"), [("webdataset", ("tars", "s3")), ("hf", ("parquet", "web"))])
def test_data_export(tmp_path: Path, place: Callable[[str], str], to: str, kinds: tuple[str, ...]) -> None:
    pytest.importorskip("webdataset" if to == "webdataset" else "pyarrow")
    records = [record(number) for number in range(12)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    written = {}
    for kind in ("folder", *kinds):
        where = "images" if kind == "folder" else place(kind)
        options = ("--to", to, "--images", where, "-o", "out", "--name", "set", "--fresh")
        negdata("data", "export", "clean.jsonl", *options, folder=tmp_path)
        data = [path for path in sorted((tmp_path / "out").rglob("*")) if path.suffix in (".tar", ".parquet")]
        written[kind] = [path.read_bytes() for path in data]
    assert written["folder"]
    assert all(one == written["folder"] for one in written.values())


def test_what_was_exported_is_a_place_of_images(tmp_path: Path) -> None:
    """Parquet with images in it is read under the names of its records; a tar under those of its samples."""
    pytest.importorskip("pyarrow")
    records = [record(number) for number in range(12)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    for number, where in enumerate(("images", "out0/data")):
        options = ("--to", "hf", "--images", where, "-o", f"out{number}", "--name", "set")
        negdata("data", "export", "clean.jsonl", *options, folder=tmp_path)
    first, second = (sorted((tmp_path / name / "data").iterdir()) for name in ("out0", "out1"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_filter(tmp_path: Path, place: Callable[[str], str]) -> None:
    source = corpus(tmp_path, 12)
    found = {}
    for kind in ("folder", "tars", "parquet", "s3"):
        with vision_server(red_or_blue) as server:
            options = asking(server)
            options[1] = "images" if kind == "folder" else place(kind)
            negdata("filter", source, "-o", "out.jsonl", *options, "--no-cache", "--fresh", folder=tmp_path)
        seen = sorted(one.image for one in server.seen)
        judged = [*lines(tmp_path / "out.jsonl"), *lines(tmp_path / "out.rejected.jsonl")]
        found[kind] = seen, sorted(judged, key=lambda row: str(row["id"]))
    assert len(found["folder"][0]) == 12
    assert all(one == found["folder"] for one in found.values())


def test_missing_images_fail_their_records_alone(tmp_path: Path, place: Callable[[str], str]) -> None:
    source = corpus(tmp_path, 12)
    where = {kind: place(kind) for kind in ("tars", "s3")}
    with source.open("a") as file:
        row = json.loads(source.read_text().splitlines()[0])
        file.write(json.dumps(row | {"id": "gone", "image": "gone.png"}) + "\n")
    for kind in where:
        with vision_server(red_or_blue) as server:
            options = asking(server)
            options[1] = where[kind]
            negdata("filter", source, "-o", "out.jsonl", *options, "--fresh", folder=tmp_path, code=1)
        (failed,) = lines(tmp_path / "out.failed.jsonl")
        assert (failed["id"], failed["error"]) == ("gone", "image-missing")


def test_finetune(tmp_path: Path, place: Callable[[str], str]) -> None:
    """From tars the same weights come out as from a folder, and embeddings that were made are not made again."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    pytest.importorskip("ftfy")
    from tests.train import worlds

    made = worlds.write(tmp_path)
    pattern = place("s3 tars")
    for out, where in (("from-folder", "images"), ("from-tars", "tars"), ("from-s3", pattern)):
        sets = ("--set", "batches.size=8", "--set", "steps=3", "--json")
        words = ("finetune", made.data.name, "--images", where, "--model", "clip", "-o", out, *sets)
        report = json.loads(negdata(*words, folder=tmp_path, XDG_CACHE_HOME=str(tmp_path / f"cache-{out}")).stdout)
        assert report["pairs"] == 120
    weights = [(tmp_path / out / "model.safetensors").read_bytes() for out in ("from-folder", "from-tars", "from-s3")]
    assert weights[0] == weights[1] == weights[2]


def test_a_page_holds_the_images_that_are_no_files(tmp_path: Path, place: Callable[[str], str]) -> None:
    records = [record(number) for number in range(12)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    for kind in ("tars", "s3"):
        words = ("report", "clean.jsonl", "-o", "r.html", "--images", place(kind), "--embed", "0", "--json")
        told = json.loads(negdata(*words, folder=tmp_path).stdout)
        assert (told["embedded"], told["linked"]) == (6, 0)
    words = ("report", "clean.jsonl", "-o", "r.html", "--images", "images", "--embed", "0", "--json")
    told = json.loads(negdata(*words, folder=tmp_path).stdout)
    assert (told["embedded"], told["linked"]) == (0, 6)


def test_a_tar_that_is_cut_short_is_told_of_before_anything_is_done(tmp_path: Path) -> None:
    source = corpus(tmp_path, 12)
    tar = in_tars(tmp_path, {"a.png": b"x" * 5000}, 1).parent / "000.tar"
    tar.write_bytes(tar.read_bytes()[:3000])
    with vision_server(red_or_blue) as server:
        options = asking(server)
        options[1] = str(tar)
        said = refused("filter", source, "-o", "out.jsonl", *options, folder=tmp_path)
    assert "is cut short: its 3,000 bytes end within 'a.png', which begins at byte 512" in said
    assert not (tmp_path / "out.jsonl").exists()
