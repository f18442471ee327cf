"""The command reads and writes addresses as a user names them: a real S3 server, a real web server."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from negdata.remote import place
from tests.cli.command import negdata
from tests.publish.sets import lines, record, write_records
from tests.remote.s3 import S3, SECRET, variables_of
from tests.remote.web import serving
from tests.report.made import caption
from tests.sources.parts import Output, write_parts

CAPTIONS = {
    "images": [{"id": n, "file_name": f"{n:012d}.jpg"} for n in range(8)],
    "annotations": [
        {"id": n, "image_id": n, "caption": f"A man rides a horse on the beach, number {n}."} for n in range(8)
    ],
}


def test_coco_captions_from_s3_and_from_the_web_give_the_same_records(tmp_path: Path, s3: S3) -> None:
    content = json.dumps(CAPTIONS).encode()
    (tmp_path / "captions.json").write_bytes(content)
    negdata("caption", "captions.json", "-o", "here.jsonl", folder=tmp_path)
    with serving(tmp_path) as web:
        for number, source in enumerate([s3.put("coco/captions.json", content), f"{web.address}/captions.json"]):
            out = f"{number}.jsonl"
            negdata("caption", source, "-o", out, folder=tmp_path)
            assert (tmp_path / out).read_bytes() == (tmp_path / "here.jsonl").read_bytes()
            manifest = json.loads((tmp_path / f"{number}.manifest.json").read_bytes())
            assert manifest["settings"]["source"] == source
            assert manifest["command"] == f"negdata caption {source} -o {out}"


def test_no_password_of_an_address_is_written_anywhere(tmp_path: Path) -> None:
    (tmp_path / "captions.json").write_text(json.dumps(CAPTIONS))
    with serving(tmp_path) as web:
        source = f"{web.address.replace('://', '://me:hunter22@')}/captions.json?sig=s3cr3t99"
        done = negdata("caption", source, "-o", "out/o.jsonl", "-v", folder=tmp_path)
        missing = negdata("stats", source.replace("captions", "none"), folder=tmp_path, code=2)
    told = done.stdout + done.stderr + missing.stderr
    told += "".join(file.read_text() for file in (tmp_path / "out").iterdir())
    assert "***@127.0.0.1" in told
    assert "none.json?sig=*** doesn't exist" in " ".join(missing.stderr.split())
    assert "hunter22" not in told
    assert "s3cr3t99" not in told


def test_parts_on_s3_are_read_by_every_command(tmp_path: Path, s3: S3) -> None:
    outputs: list[Output] = [
        ([caption(f"{part}-{n}") for n in range(3)], [caption(f"{part}-r")], []) for part in range(2)
    ]
    folder = str(write_parts(place("s3://bucket/run/out"), tmp_path / "scratch", outputs))
    stats = json.loads(negdata("stats", folder, "--json", folder=tmp_path).stdout)
    assert stats["captions"] == 6
    negdata("filter", folder, "-o", "clean.jsonl", folder=tmp_path)
    assert sum(len(lines(file)) for file in tmp_path.glob("clean*.jsonl")) == 6
    done = json.loads(
        negdata("data", "export", folder, "--to", "coco", "-o", "s3://bucket/set", "--json", folder=tmp_path).stdout
    )
    assert (done["out"], done["written"]) == ("s3://bucket/set", 6)
    assert "set.manifest.json" in s3.listed()
    negdata("report", folder, "-o", "report.html", folder=tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_a_benchmark_and_a_list_to_exclude_may_be_elsewhere(tmp_path: Path, s3: S3) -> None:
    write_records(tmp_path / "c.jsonl", [record(number) for number in range(6)])
    bench = s3.put("bench.json", json.dumps([{"image": "000000000001.jpg"}]).encode())
    negdata("filter", "c.jsonl", "--exclude", bench, "-o", "clean.jsonl", folder=tmp_path)
    rejected = lines(tmp_path / "clean.rejected.jsonl")
    assert [one["id"] for one in rejected if one["reason"] == "excluded"] == ["coco:2", "coco:3"]


def test_what_else_is_read_may_be_elsewhere(tmp_path: Path, s3: S3) -> None:
    records = [record(number, verdict=None) for number in range(6)]
    write_records(tmp_path / "c.jsonl", records)
    (tmp_path / "captions.json").write_text(json.dumps(CAPTIONS))
    images = [{"id": n, "file_name": f"{n:012d}.jpg"} for n in range(3)]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    boxes = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 0}]
    document = {"images": images, "categories": categories, "annotations": boxes}
    instances = s3.put("instances.json", json.dumps(document).encode())
    marks = s3.put("marks.jsonl", b'{"id": "coco:0", "mark": "wrong"}\n')
    texts = s3.put("more.jsonl", b'{"image": "000000000002.jpg", "caption": "A cat."}\n')
    options = ("--verifier", "instances", "--instances", instances, "--marks", marks, "--captions", texts)
    negdata("filter", "c.jsonl", *options, "-o", "clean.jsonl", folder=tmp_path)
    reasons = {one["id"]: one["reason"] for one in lines(tmp_path / "clean.rejected.jsonl")}
    assert reasons.keys() == {"coco:0", "coco:2", "coco:3", "coco:4", "coco:5"}
    assert (reasons["coco:0"], reasons["coco:2"]) == ("marked-wrong", "present")
    listed = s3.put("objects.txt", b"surfboard\numbrella\n")
    negdata("caption", "captions.json", "--objects", listed, "-o", "o.jsonl", folder=tmp_path)
    assert {one["negated"] for one in lines(tmp_path / "o.jsonl")} <= {"surfboard", "umbrella"}
    checked = ("--check-against", instances, "--verifier", "instances", "--instances", instances)
    negdata("filter", *checked, "-o", "check.jsonl", folder=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stats", "s3://bucket/none.json"], "s3://bucket/none.json doesn't exist"),
        (["stats", "s3://nobucket/none.json"], "in no bucket"),
        (["stats", "s3://bucket"], "without tars, parquet"),
        (["report", "c.jsonl", "-o", "s3://bucket/page.html"], "is an address"),
    ],
)
def test_what_is_refused(arguments: list[str], said: str, tmp_path: Path, s3: S3) -> None:
    s3.put("x", b"")
    write_records(tmp_path / "c.jsonl", [record(1)])
    done = negdata(*arguments, folder=tmp_path, code=2)
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.glob("s3*"))


def test_a_server_that_is_not_there_is_told_of_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    for name, value in variables_of("http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    done = negdata("stats", "s3://bucket/x.json", folder=tmp_path, code=2)
    assert "its server doesn't answer" in " ".join(done.stderr.split())
    assert SECRET not in done.stderr
    assert time.monotonic() - began < 15
