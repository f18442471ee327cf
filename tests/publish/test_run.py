"""Every record is written, rejected or failed; nothing half-made is left where a dataset is looked for."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.publish import DataExportSettings, export_data
from negdata.publish.columns import MADE_BY, VERDICT, IdTypes, columns
from negdata.records import CaptionRecord, MadeBy, Verdict
from tests.publish.sets import lines, record, write_images, write_records

pytest.importorskip("pyarrow")
ROOT = Path(__file__).resolve().parents[2]


def export(folder: Path, to: str = "parquet", **options: Any) -> Any:
    return export_data(DataExportSettings(source=folder / "clean.jsonl", to=to, out=folder / "out", **options))


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(NegdataError) as caught:
        export(folder, **options)
    return str(caught.value)


def test_the_columns_are_the_keys_of_records() -> None:
    assert [one.name for one in columns(IdTypes(), image="string")] == list(CaptionRecord.model_fields)
    assert [one.name for one in VERDICT] == list(Verdict.model_fields)
    assert [one.name for one in MADE_BY] == list(MadeBy.model_fields)


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    records = [record(number) for number in range(12)]
    records[1]["verdict"] = {"p_present": 0.9, "present": True, "verifier": "seer"}
    records[2]["verdict"] = {"p_present": 0.5, "present": None, "verifier": "seer"}
    del records[3]["negated_caption"]
    records[4]["image"] = "nowhere.jpg"
    records[5]["image"] = "broken.jpg"
    records[6]["made_by"] = records[6]["made_by"] | {"seed": 1 << 64}
    images = write_images(tmp_path / "images", records)
    (images / "nowhere.jpg").unlink()
    (images / "broken.jpg").write_bytes((images / "000000000000.jpg").read_bytes()[:-300])
    write_records(tmp_path / "clean.jsonl", records)
    with (tmp_path / "clean.jsonl").open("a") as file:
        file.write('{"id": "bad", "image": "../x.jpg", "caption": "A dog."}\n')
    summary = export(tmp_path, images=images, bad_rows="fail")
    assert summary.taken == 13 == summary.written + summary.rejected + summary.failed
    assert summary.written == 6
    found = {one["id"]: one["reason"] for one in lines(tmp_path / "out.rejected.jsonl")}
    assert found == {"coco:1": "present", "coco:2": "unsure", "coco:3": "not-negated"}
    errors = {one["id"]: one["error"] for one in lines(tmp_path / "out.failed.jsonl")}
    assert errors == {
        "coco:4": "image-missing", "coco:5": "image-broken", "coco:6": "bad-row", "bad": "bad-row",
    }  # fmt: skip
    manifest = json.loads((tmp_path / "out.manifest.json").read_text())
    assert manifest["counts"] == {"in": 13, "kept": 6, "rejected": 3, "failed": 4}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "13 taken = 6 written + 3 rejected + 4 failed." in card


def test_a_set_of_which_nothing_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    write_records(tmp_path / "clean.jsonl", [record(number, negated_caption=None) for number in range(3)])
    assert "No record of" in refusal(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.jsonl"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"to": "tfrecord"}, "no form of a dataset named 'tfrecord'"),
        ({"to": "webdataset"}, "--images is missing"),
        ({"to": "coco", "embed_images": True, "images": Path()}, "--embed-images is given"),
        ({"embed_images": True}, "--embed-images is given"),
        ({"images": Path("nowhere")}, "doesn't exist"),
        ({"shard_rows": 0}, "--shard-rows is 0"),
        ({"licence": "a\nb"}, "--licence"),
        ({"name": "sk-abcdefgh12345678"}, "--name"),
    ],
)
def test_what_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    write_records(tmp_path / "clean.jsonl", [record(1)])
    assert said in refusal(tmp_path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["clean.jsonl"]


def test_an_empty_source_and_a_source_that_is_the_output(tmp_path: Path) -> None:
    (tmp_path / "clean.jsonl").write_text("")
    assert "is empty" in refusal(tmp_path)
    source = write_records(tmp_path / "clean.jsonl", [record(1)])
    for out in ("clean.jsonl", "."):
        with pytest.raises(NegdataError, match=r"lies in|is the source|no name"):
            DataExportSettings(source=source, to="coco", out=tmp_path / out)
    assert len(lines(source)) == 1


def test_files_of_another_run_are_not_written_over(tmp_path: Path) -> None:
    write_records(tmp_path / "clean.jsonl", [record(1)])
    (tmp_path / "out.rejected.jsonl").write_text("precious\n")
    assert "belongs to something else" in refusal(tmp_path, fresh=True)
    assert (tmp_path / "out.rejected.jsonl").read_text() == "precious\n"


def test_an_output_that_exists(tmp_path: Path) -> None:
    write_records(tmp_path / "clean.jsonl", [record(number) for number in range(4)])
    export(tmp_path, to="coco")
    assert "exists" in refusal(tmp_path)
    export(tmp_path, fresh=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md", "captions-00000.parquet", "croissant.json",
    ]  # fmt: skip
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    assert "'thesis.txt', which no export wrote" in refusal(tmp_path, fresh=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_a_failed_export_leaves_the_earlier_one(tmp_path: Path) -> None:
    write_records(tmp_path / "clean.jsonl", [record(number) for number in range(4)])
    export(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    write_records(tmp_path / "clean.jsonl", [record(number, negated_caption=None) for number in range(4)])
    refusal(tmp_path, fresh=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("to", ["hf", "parquet", "coco", "webdataset"])
def test_a_full_disk(tmp_path: Path, to: str) -> None:
    """A limit on the size of files fails a write just as a full disk does."""
    if to == "webdataset":
        pytest.importorskip("webdataset")
    records = [record(number, caption=f"A dog {number * 7919 % 10007:x} " * 20) for number in range(150)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom negdata.errors import NegdataError\n"
        "from negdata.publish import DataExportSettings, export_data\n"
        "source, images = Path('clean.jsonl'), Path('images')\n"
        f"settings = DataExportSettings(source=source, to={to!r}, out=Path('out'), images=images)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))\n"
        "try: export_data(settings)\nexcept NegdataError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "can't be written: File too large" in done.stdout
    assert done.stderr == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.jsonl", "images"]


def test_a_kill_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    records = [record(number) for number in range(2_000)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    command = [
        sys.executable, "-m", "negdata.cli", "data", "export", "clean.jsonl", "--to", "hf", "--images", "images",
        "--shard-rows", "50", "-o", "out",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, stderr=subprocess.PIPE)
    unfinished = tmp_path / "out.negdata-new" / "data" / "train-00002.parquet"
    while not unfinished.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.negdata-new" / "README.md").exists()
    write_records(tmp_path / "clean.jsonl", records[:10])
    export(tmp_path, to="coco")
    assert not (tmp_path / "out.negdata-new").exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md",
        "captions.json",
        "croissant.json",
    ]


def test_nothing_of_the_machine_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_KEY", "very-secret-value")
    secret = record(3, made_by=record(3)["made_by"] | {"model": "very-secret-value"})
    write_records(tmp_path / "clean.jsonl", [record(1), record(2), secret])
    export(tmp_path, to="coco")
    for path in (tmp_path / "out").iterdir():
        content = path.read_text()
        assert not [leak for leak in ("alice", "very-secret", str(tmp_path)) if leak in content], path.name
    assert "`writer.gguf`" in (tmp_path / "out" / "README.md").read_text()
