"""Fine-tuning and evaluation on what lies elsewhere give what they give on the same files here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

from negdata.records import CaptionRecord
from negdata.remote import place
from tests.cli.forked import negdata
from tests.remote.s3 import S3
from tests.sources.parts import write_parts
from tests.train import worlds

SHORT = ("--set", "batches.size=8", "--set", "optimizer.lr=1e-3", "--set", "epochs=1", "--max-drop", "100")


def test_a_folder_of_parts_and_a_benchmark_on_s3(tmp_path: Path, s3: S3) -> None:
    made = worlds.write(tmp_path)
    records = [CaptionRecord.model_validate_json(line) for line in made.data.read_bytes().splitlines()]
    half = len(records) // 2
    parts = write_parts(
        place("s3://bucket/run/clean"), tmp_path / "scratch", [(records[:half], [], []), (records[half:], [], [])]
    )
    bench = s3.put("NegRefCOCOg.json", made.bench.read_bytes())
    for image in (tmp_path / "images").iterdir():
        s3.put(f"images/{image.name}", image.read_bytes())
    common = ("--model", "clip", *SHORT)
    here = ("finetune", made.data.name, "--images", "images", "-o", "here", *common)
    negdata(*here, folder=tmp_path)
    there = ("finetune", str(parts), "--images", "s3://bucket/images", "-o", "there", *common)
    negdata(*there, folder=tmp_path)
    assert (tmp_path / "here/model.safetensors").read_bytes() == (tmp_path / "there/model.safetensors").read_bytes()
    manifest = json.loads((tmp_path / "there" / "negdata.manifest.json").read_bytes())
    assert manifest["settings"]["data"] == "s3://bucket/run/clean"

    def scores(bench: str, images: str) -> object:
        done = negdata("eval", bench, "--images", images, "--model", "there", "--json", folder=tmp_path)
        return json.loads(done.stdout)["benches"][0]["models"]

    assert scores(bench, "s3://bucket/images") == scores(made.bench.name, "images")
