"""The commands of README and docs: each is run as written, or it is told here why not.

What a command names is there: files are made of the example, and where the real model was fetched it answers under the
name and at the address that the command gives.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from negdata.demo import draw_scene
from negdata.demo.judge import SMALL_JUDGE
from negdata.remote import place
from negdata.verify.make import PRESETS
from negdata.vocabulary import vocabulary
from tests.benchmark.furnished import CLIP, furnish_models, furnish_regions, furnish_statements, sees_green
from tests.cli import forked
from tests.cli.command import EXAMPLE, ROOT, negdata
from tests.docs.plugin import lay_out, write_tags
from tests.merging.made import into_parts
from tests.models import SMOLLM2, available
from tests.remote.s3 import S3
from tests.report import made
from tests.servers.running import STANDIN_VLLM, server
from tests.servers.vision_server import vision_server
from tests.sources.parts import write_parts
from tests.train.export.furnished import furnish_bases
from tests.vision.hub import put_under_name

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NEVER = {
    "pip install": "sets a machine up; CI does",
    "python -m tests.": "takes minutes, and a machine that does nothing else",
}
_ADDRESS = "localhost:8000"
"""Where the documentation has its server of the OpenAI protocol."""
FEW = 1
"""Captions that a real model is asked about: it takes seconds for each."""
_SMALL_DEMO = "--scenes 100"
"""As few as ``negdata demo`` takes: it goes the whole way, and learns next to nothing."""


def commands() -> list[tuple[str, str]]:
    """(page, command) of every shell block, the same command once; a backslash joins lines."""
    pages: dict[str, str] = {}
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split("  #")[0].strip()
                if command and not command.startswith("#"):
                    pages.setdefault(command, page.name)
    return [(page, command) for command, page in pages.items()]


@pytest.fixture(scope="module")
def ollama_host() -> Iterator[str]:
    pytest.importorskip("xllamacpp")
    with server("ollama_server", str(available(SMOLLM2)), "--name", "llama3.1:8b") as address:
        yield address


@pytest.fixture(scope="module")
def openai_host() -> Iterator[str]:
    pytest.importorskip("xllamacpp")
    with server("llama_server", str(available(SMOLLM2))) as address:
        yield address.removeprefix("http://")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small model of the drawn world, where the presets are looked for."""
    for package in ("torch", "transformers"):
        pytest.importorskip(package)
    home = tmp_path_factory.mktemp("hub")
    for preset in ("qwen-vl", "llava"):
        put_under_name(SMALL_JUDGE, PRESETS[preset], home)
    return str(home)


@pytest.fixture(scope="module")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which README's ``negdata demo`` was run with few scenes, and what it printed."""
    for package in ("torch", "transformers"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("demo")
    return folder, negdata("demo", *_SMALL_DEMO.split(), folder=folder, timeout=400).stdout


@pytest.fixture(scope="module")
def vision_host() -> Iterator[str]:
    with vision_server(lambda _image, _question: 0.1) as seer:
        yield seer.url.removeprefix("http://")


def furnish(folder: Path, rows: int) -> None:
    """Everything that a command of the documentation reads."""
    _furnish_captions(folder, rows)
    names = [image["file_name"] for image in json.loads((folder / "captions_val2017.json").read_text())["images"]]
    (folder / "val2017").mkdir()
    for number, name in enumerate(dict.fromkeys(names)):
        draw_scene(number).image().save(folder / "val2017" / name)
    boxes = {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(dict.fromkeys(names))],
        "categories": [{"id": number, "name": name} for number, name in enumerate(vocabulary().entries)],
        "annotations": [
            {"id": number, "image_id": number, "category_id": number % 4, "bbox": [0, 0, 9, 9], "iscrowd": 0}
            for number, _ in enumerate(dict.fromkeys(names))
        ],
    }
    (folder / "instances_val2017.json").write_text(json.dumps(boxes), encoding="utf-8")
    pope = {"question": "Is there a dog in the image?", "image": names[0], "label": "no"}
    (folder / "pope.jsonl").write_text(json.dumps(pope) + "\n", encoding="utf-8")
    item = {"image": names[0], "phrase": "a man with no hat", "ref_bbox": [0, 0, 9, 9], "bbox_list": []}
    (folder / "NegRefCOCOg.json").write_text(json.dumps([item]), encoding="utf-8")
    (folder / "existence.json").write_text(json.dumps({"1": {"image_file": "v7w_1.jpg"}}), encoding="utf-8")
    asked = {"image_id": 0, "question": "Is the man wearing a hat?", "question_id": 1}
    (folder / "v2_OpenEnded_mscoco_train2014_questions.json").write_text(
        json.dumps({"data_subtype": "train2014", "questions": [asked]}), encoding="utf-8"
    )
    answers = [{"answer": "no", "answer_confidence": "yes", "answer_id": number} for number in range(10)]
    answered = asked | {"answer_type": "yes/no", "multiple_choice_answer": "no", "answers": answers}
    (folder / "v2_mscoco_train2014_annotations.json").write_text(
        json.dumps({"data_subtype": "train2014", "annotations": [answered]}), encoding="utf-8"
    )


def furnish_clean(folder: Path) -> None:
    """Captions that were filtered."""
    negdata("caption", "captions.jsonl", "-o", "made.jsonl", folder=folder)
    negdata("filter", "made.jsonl", "-o", "clean.jsonl", folder=folder)


def furnish_shards(folder: Path) -> None:
    """The outputs of three machines, and two in parts; nothing lies where they are merged into."""
    for number in ("1", "2", "3"):
        out = f"shard-{number}.jsonl"
        negdata("caption", "captions_val2017.json", "-o", out, "--shard", f"{number}/3", folder=folder)
    furnish_parts(folder, "parts")
    furnish_parts(folder, "captions")
    (folder / "captions.jsonl").unlink()


def furnish_parts(folder: Path, name: str) -> None:
    """A folder of parts."""
    negdata("caption", "captions_val2017.json", "-o", "whole.jsonl", folder=folder)
    into_parts(folder / "whole.jsonl", folder / name)


def furnish_training(folder: Path) -> None:
    """``clean.jsonl``, with images in both folders; nothing lies where a model will be written."""
    negdata("caption", "captions_val2017.json", "--contrast", "-o", "clean.jsonl", folder=folder)
    shutil.rmtree(folder / "negationclip", ignore_errors=True)
    furnish_images(folder)


def furnish_images(folder: Path) -> None:
    """The images of the captions under the names of other collections, too."""
    images = list((folder / "val2017").iterdir())
    for other in ("train2014", "visual7w", "imagenet/bird", "imagenet/cat", "photos"):
        (folder / other).mkdir(parents=True, exist_ok=True)
        for image in images:
            shutil.copy(image, folder / other / image.name)
    for image in (folder / "photos").iterdir():
        image.with_suffix(".txt").write_text("A dog in a yard.\n", encoding="utf-8")


def furnish_bucket(folder: Path, s3: S3) -> None:
    """What lies on S3: captions, a benchmark, tables, and a folder of parts."""
    for name in ("captions_val2017.json", "NegRefCOCOg.json"):
        s3.put(name, (folder / name).read_bytes())
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    for number in range(2):
        parquet.write_table(pyarrow.table({"image": ["1.jpg"], "caption": ["A dog."]}), folder / "rows.parquet")
        s3.put(f"parquet/rows-{number}.parquet", (folder / "rows.parquet").read_bytes())
    records = [made.caption(f"r{number}") for number in range(4)]
    write_parts(place("s3://bucket/run"), folder / "scratch", [(records[:2], [], []), (records[2:], [], [])])


def furnish_tars(folder: Path) -> None:
    """Tars of images and captions."""
    (folder / "shards").mkdir()
    for number in range(2):
        with tarfile.open(folder / "shards" / f"cc12m-{number:05d}.tar", "w") as shard:
            for name, content in (("1.jpg", b"no image"), ("1.txt", b"A man rides a horse on the beach.")):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                shard.addfile(member, io.BytesIO(content))


def _furnish_captions(folder: Path, rows: int) -> None:
    shutil.copytree(ROOT / "docs" / "example", folder / "docs" / "example")
    shutil.copytree(ROOT / "prompts", folder / "prompts")
    (folder / "negdata" / "vocabulary").mkdir(parents=True)
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()[:rows]
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    taken = [json.loads(line) for line in lines]
    table = "".join(f'{row["image"]},"{row["caption"]}"\n' for row in taken)
    (folder / "captions.csv").write_text(f"image,caption\n{table}", encoding="utf-8")
    coco = {
        "images": [{"id": number, "file_name": row["image"]} for number, row in enumerate(taken)],
        "annotations": [
            {"id": number, "image_id": number, "caption": row["caption"]} for number, row in enumerate(taken)
        ],
    }
    for name in ("captions_val2017.json", "captions_train2017.json", "captions_train2014.json"):
        (folder / name).write_text(json.dumps(coco), encoding="utf-8")


@pytest.fixture(scope="module")
def crop_host() -> Iterator[str]:
    with vision_server(sees_green) as seer:
        yield seer.url.removeprefix("http://")


@pytest.mark.parametrize(("page", "command"), commands())
def test_command(page: str, command: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for part, why in _NEVER.items():
        if part in command:
            pytest.skip(why)
    if "negdata-demo/" in command or command.startswith("negdata demo"):
        _run_of_demo(command, tmp_path, *request.getfixturevalue("small_demo"))
        return
    if "--backend transformers" in command and "doctor" not in command:
        command += " --dry-run"  # its models are large; that its options are understood needs none
    asks = "--backend" in command and "--dry-run" not in command and "doctor" not in command
    if asks and "--contrast" in command:
        command += " --tries 1"  # it is asked for a false caption as well
    furnish(tmp_path, FEW if asks else 32)
    ollama = request.getfixturevalue("ollama_host") if "--backend ollama" in command else ""
    if command.startswith("negdata filter"):  # it is given what caption wrote
        negdata("caption", "captions.jsonl", "-o", "made.jsonl", folder=tmp_path)
        (tmp_path / "captions.jsonl").write_bytes((tmp_path / "made.jsonl").read_bytes())
    if command.startswith(("negdata data", "negdata report")):  # they are given what filter kept
        furnish_clean(tmp_path)
    if command.startswith("negdata merge"):
        furnish_shards(tmp_path)
    elif "parts/" in command.split():
        furnish_parts(tmp_path, "parts")
    if "--engine ray" in command:
        pytest.importorskip("ray")
    if re.match("negdata (eval|build-bench|report)|.*--(exclude|eval) ", command):
        furnish_regions(tmp_path)
        furnish_statements(tmp_path, sorted(image.name for image in (tmp_path / "val2017").iterdir()))
    if re.search("--images (train2014|visual7w)|imagenet|photos", command):
        furnish_images(tmp_path)
    if command.startswith("negdata eval clean"):
        furnish_training(tmp_path)
    if CLIP in command or "negationclip" in command:
        pytest.importorskip("transformers")
        furnish_models(tmp_path, tmp_path)
    if command.startswith("negdata finetune"):
        furnish_training(tmp_path)
        small = ("batches.size=4", "epochs=1", "optimizer.lr=1e-5")
        command += "".join(f" --set {one}" for one in small if one.split("=")[0] not in command) + " --max-drop 100"
    if "s3://" in command:
        furnish_bucket(tmp_path, request.getfixturevalue("s3"))
    if "shards/" in command:
        furnish_tars(tmp_path)
    if "--marks" in command:
        (tmp_path / "marks.jsonl").write_text('{"id": "nobody", "mark": "right"}\n', encoding="utf-8")
    if "--base" in command.split():
        pytest.importorskip("diffusers")
        furnish_bases(tmp_path)
    home = request.getfixturevalue("hub") if re.search("qwen-vl|llava", command) else str(tmp_path)
    if "build-bench" in command and "--verifier" in command:
        command = command.replace(_ADDRESS, request.getfixturevalue("crop_host")).replace("MODEL", "seer")
    elif re.search("--verifier (openai|ollama)", command):
        seer = request.getfixturevalue("vision_host")
        command = command.replace(_ADDRESS, seer).replace("MODEL", "seer").replace("qwen2.5vl:7b", "seer")
        ollama = f"http://{seer}"
    if _ADDRESS in command:
        command = command.replace(_ADDRESS, request.getfixturevalue("openai_host"))
    if "--backend llamacpp" in command:
        pytest.importorskip("xllamacpp")
        (tmp_path / command.rsplit(maxsplit=1)[1]).symlink_to(available(SMOLLM2))
    if "out/captions.jsonl" in command:
        negdata("caption", "docs/example/captions.jsonl", "-o", "out/captions.jsonl", folder=tmp_path)
    plugin = os.environ.get("PYTHONPATH", "")
    if "tags=" in command:
        write_tags(tmp_path, tmp_path / "captions.jsonl")
        plugin = str(lay_out(tmp_path / "site"))
    if "--backend vllm" in command:
        plugin = STANDIN_VLLM
    words = shlex.split(command)
    if words[:2] == ["python", "-m"]:
        subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, check=True, capture_output=True, timeout=60)
        return
    assert words[0] == "negdata", f"{page} shows a command that no test runs: {command}"
    # What needs torch shares the start of it; llama.cpp can't be started in a process that was forked.
    needs_torch = words[1] in ("eval", "finetune", "export") or re.search("qwen-vl|llava", command)
    run = forked.negdata if needs_torch else partial(negdata, timeout=240)  # a real model, while others take the cores
    done = run(*words[1:], folder=tmp_path, OLLAMA_HOST=ollama, HF_HOME=home, HF_HUB_OFFLINE="1", PYTHONPATH=plugin)
    if asks:
        taken = re.search(r"taken +(\d+)", done.stdout)
        assert taken is not None
        assert int(taken[1]) == FEW


def _run_of_demo(command: str, folder: Path, made: Path, said: str) -> None:
    """What is said of a demonstration: it was run itself, and its steps find in a copy of it what they would write."""
    words = shlex.split(command)[1:]
    if command == "negdata demo":
        assert "reads “no”" in said
        return
    if "--backend" in words:  # a real model would be asked for hours: it is told that there is none
        nobody = negdata(*words, folder=folder, code=2, OLLAMA_HOST="http://127.0.0.1:9")
        assert "http://127.0.0.1:9" in nobody.stderr
        return
    assert words in [shlex.split(line)[2:] for line in said.splitlines() if line.startswith("$ ")], "another is printed"
    shutil.copytree(made / "negdata-demo", folder / "negdata-demo")
    done = forked.started(*words, folder=folder).ended()
    # So few scenes may cost a model more than its gate lets through.
    assert done.code in ((0, 1) if words[0] == "finetune" else (0,)), done.said


def test_the_two_set_up_commands_install_the_pinned_versions() -> None:
    installs = [command for page, command in commands() if page == "README.md" and "pip install" in command]
    assert len(installs) == 2
    assert all("-c constraints.txt" in command for command in installs)
    assert installs[0].endswith('-e ".[train]" && negdata demo')
    assert installs[1].split("&& ", 2)[2] in (ROOT / ".ci" / "run").read_text()


def test_the_first_command_goes_the_whole_way(small_demo: tuple[Path, str]) -> None:
    """As README has it, but for ``--scenes 100``: it is the whole way in half a minute, and no figure is looked at."""
    folder, said = small_demo
    for row in ("before", "after", "paper's recipe", "chance"):
        assert re.search(rf"^{row} +\d+\.\d %", said, re.MULTILINE), row
    assert said.count("→") == 2
    assert (folder / "negdata-demo" / "report.html").is_file()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if _PYTHON.search(page.read_text(encoding="utf-8"))], ids=lambda page: page.name
)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(tmp_path, 32)
    if page.name == "finetune.md":
        furnish_models(tmp_path, tmp_path)
        furnish_training(tmp_path)
    if page.name == "python.md":
        furnish_models(tmp_path, tmp_path)
    if page.name in ("benchmarks.md", "eval.md"):
        furnish_regions(tmp_path)
        furnish_models(tmp_path, tmp_path)
    if page.name in ("publish.md", "report.md"):
        furnish_clean(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "example"}  # what one example imports, those below it on the page may use
    for example in _PYTHON.findall(page.read_text(encoding="utf-8")):
        # What is fetched from the hub lies in a folder here: where the hub's cache is, is settled at the first import.
        exec(compile(example.replace(CLIP, "clip"), page.name, "exec"), names)  # our own documentation


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
