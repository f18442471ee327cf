"""``negdata finetune`` as a user runs it: small drawn scenes, a CLIP of few tokens, real signals."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch

from negdata.demo.small_clip_folder import SMALL_CLIP
from negdata.locks import OutputLock
from tests.cli import command
from tests.cli.forked import negdata, refused, started
from tests.torchrun import free_port
from tests.train import worlds

ROOT = Path(__file__).resolve().parents[2]
SETS = ("--set", "batches.size=8", "--set", "optimizer.lr=1e-3")
SHORT = (*SETS, "--set", "epochs=2")
KILLS = 10


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> worlds.Made:
    """For tests that change nothing of it."""
    return worlds.write(tmp_path_factory.mktemp("world"))


@pytest.fixture
def home(shared: worlds.Made, tmp_path: Path) -> Path:
    """A working folder of a test's own; images and model are those of all."""
    return furnish(tmp_path, shared)


def furnish(folder: Path, made: worlds.Made) -> Path:
    for name in ("images", "clip", "classes"):
        (folder / name).symlink_to(made.folder / name)
    for file in (made.data, made.coco, made.bench):
        shutil.copy(file, folder)
    return folder


def words(out: str = "out", *more: str, data: str = "data.jsonl", model: str = "clip", images: str = "images") -> Any:
    return ("finetune", data, "--images", images, "--model", model, "-o", out, *more)


def losses(out: Path) -> list[dict[str, Any]]:
    """The curve without what a clock says."""
    told = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in told]


def weights(out: Path) -> bytes:
    return (out / "model.safetensors").read_bytes()


def manifest(out: Path) -> Any:
    return json.loads((out / "negdata.manifest.json").read_text())


@pytest.fixture(scope="module")
def whole(shared: worlds.Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an uninterrupted run leaves."""
    folder = furnish(tmp_path_factory.mktemp("whole"), shared)
    done = negdata(*words("out", *SHORT, "--eval", "NegRefCOCOg.json"), folder=folder)
    assert "Gate passed" in done.stdout
    return folder / "out"


# The report


def test_the_installed_command_prints_the_report_alone(home: Path) -> None:
    done = command.negdata(*words("out", *SHORT), folder=home)
    lines = done.stdout.splitlines()
    assert lines[0] == "120 rows in = 120 taken, 0 rejected, 0 failed"
    assert lines[2].startswith("28 steps of default@2-")
    assert lines[-2].startswith("Gate passed: R@5 text→image on held-out captions ")
    assert lines[-1] == "written to out"
    assert "held-out captions" in lines[5]
    assert "note: " in done.stderr
    assert "note: " not in done.stdout


def test_json_is_one_object(home: Path) -> None:
    done = negdata(*words("out", *SHORT, "--set", "steps=3", "--json"), folder=home)
    report = json.loads(done.stdout)
    assert report["steps"] == 3
    assert report["taken"] == report["pairs"] == 120
    assert report["gains"]["gate"]["passed"] is True
    assert report == json.loads((home / "out" / "scores.json").read_text())


# Again, and on


def test_a_finished_run_only_says_again_what_it_said(home: Path, whole: Path) -> None:
    again = Path(shutil.copytree(whole, home / "out"))
    first = manifest(again)
    done = negdata(*words("out", *SHORT, "--eval", "NegRefCOCOg.json", "--json"), folder=home)
    assert json.loads(done.stdout) == json.loads((whole / "scores.json").read_text())
    assert weights(again) == weights(whole)
    assert losses(again) == losses(whole)
    assert manifest(again)["runs"] == 2
    assert manifest(again)["seconds"] == first["seconds"]
    assert {path.name for path in again.iterdir()} == {path.name for path in whole.iterdir()}


def test_a_finished_run_is_measured_on_another_benchmark(home: Path, whole: Path) -> None:
    shutil.copytree(whole, home / "out")
    done = negdata(*words("out", *SHORT, "--zero-shot", "classes"), folder=home)
    assert "NegRefCOCOg" not in done.stdout
    assert "classes" in done.stdout
    assert "classes" in (home / "out" / "README.md").read_text()


def slow() -> None:
    """Takes its time over each step and batch of images, so that a signal finds it there; writes come in pieces."""
    from torch.optim import AdamW

    from negdata.clip.encoder import TorchEncoder
    from tests.faults.worker import write_in_pieces

    def slowed(method: Any) -> Any:
        def slowly(*given: Any, **named: Any) -> Any:
            time.sleep(0.01)
            return method(*given, **named)

        return slowly

    for owner, name in ((TorchEncoder, "encode_images"), (AdamW, "step")):
        setattr(owner, name, slowed(getattr(owner, name)))
    write_in_pieces()


def steps(out: Path) -> int:
    file = out / "curve.jsonl"
    return file.read_bytes().count(b"\n") if file.is_file() else 0


def encoded(home: Path) -> int:
    return sum(file.stat().st_size for file in (home / "cache").rglob("vectors.f32"))


def phase(home: Path) -> str:
    """How far a run had come that was killed."""
    out = home / "out"
    if not (out / "negdata.manifest.json").is_file():
        return "start"
    if manifest(out)["trained"]:
        return "measure"
    if (out / "tokenizer.json").is_file():
        return "write"
    if steps(out):
        return "train"
    return "encode" if encoded(home) else "read"


def moments(home: Path, draw: random.Random) -> list[tuple[Callable[[], bool], float]]:
    """When to kill, one after the other, and how many seconds later at most."""
    out = home / "out"
    there = [out / "negdata.lock", home / "cache" / "negdata" / "features"]
    written = [(out / "tokenizer.json", 0.0), (out / "trained_on.txt", 0.03), (out / "scores.json", 0.03)]
    return [
        *((file.exists, 0.1) for file in there),
        (lambda: encoded(home) > 0, 0.03),
        *((partial(lambda more: steps(out) > more, number), 0.03) for number in sorted(draw.sample(range(28), 4))),
        *((file.exists, longest) for file, longest in written),
    ]


def test_ten_kills_leave_what_an_uninterrupted_run_leaves(home: Path, whole: Path) -> None:
    draw = random.Random(3)
    asked = words("out", *SHORT, "--eval", "NegRefCOCOg.json", "--save-every", "0")
    hit: list[str] = []
    for reached, longest in moments(home, draw):
        running = started(*asked, folder=home, before=slow)
        running.wait_until(reached)
        time.sleep(draw.uniform(0, longest))
        running.signal(signal.SIGKILL)
        if running.ended().code == -signal.SIGKILL:
            hit.append(phase(home))
    assert len(hit) >= KILLS - 2, hit
    assert "train" in hit
    assert len(set(hit)) >= 3, hit
    negdata(*asked, folder=home)
    out = home / "out"
    assert losses(out) == losses(whole)
    assert weights(out) == weights(whole)
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}
    told = [json.loads((folder / "scores.json").read_text())["gains"] for folder in (out, whole)]
    assert told[0] == told[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_training_in_order(home: Path, whole: Path, number: signal.Signals) -> None:
    out = home / "out"
    running = started(*words("out", *SHORT), folder=home, before=slow)
    running.wait_until(lambda: steps(out) >= 5)
    running.signal(number)
    done = running.ended()
    assert done.code == 130
    assert "of 28 steps; out keeps them. The same command goes on from there." in done.said
    assert done.stdout == ""
    assert manifest(out)["state"] == "interrupted"
    negdata(*words("out", *SHORT), folder=home)
    assert losses(out) == losses(whole)
    assert weights(out) == weights(whole)
    assert manifest(out)["runs"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_training_does_too(home: Path, number: signal.Signals) -> None:
    running = started(*words("out", *SHORT), folder=home, before=slow)
    running.wait_until((home / "out" / "negdata.manifest.json").exists)
    running.signal(number)
    done = running.ended()
    assert done.code == 130
    assert done.said.endswith("The same command goes on from there.")
    assert manifest(home / "out")["state"] == "interrupted"


def full(most: int) -> None:
    """No file grows beyond this: the kernel's answer is the one that a full disk gives."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.parametrize(
    ("done", "most", "file"),
    [
        (0, 300_000, "step-1.safetensors"),  # less than the weights and their moments
        (16, 7_500, "curve.jsonl"),  # more than the manifest
        (28, 30_000, "tokenizer.json"),  # more than the curve, less than the model
        (28, 200_000, "model.safetensors"),
    ],
)
def test_a_disk_that_fills_up(home: Path, whole: Path, done: int, most: int, file: str) -> None:
    out = home / "out"
    asked = words("out", *SHORT)
    if done:
        running = started(*asked, folder=home, before=slow)
        running.wait_until(lambda: steps(out) >= done)
        running.signal(signal.SIGINT)
        assert running.ended().code == 130
    more = ("--save-every", "0") if not done else ()
    told = negdata(*asked, *more, folder=home, before=partial(full, most), code=2)
    assert f"{file} can't be written: File too large." in told.said
    assert "Make room and run the same command again" in told.said
    assert manifest(out)["state"] == "stopped"
    negdata(*asked, folder=home)
    assert losses(out) == losses(whole)
    assert weights(out) == weights(whole)


# Another run's folder


@pytest.fixture
def taken(home: Path, whole: Path) -> Path:
    """A folder whose ``out`` is taken."""
    shutil.copytree(whole, home / "out")
    return home


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--set", "optimizer.eps=1e-7"), "recipe.optimizer.eps was 1e-6 and is now 1e-7"),
        (("--recipe", "front-layers"), 'recipe.name was "default" and is now "front-layers"'),
        (("--max-drop", "2"), "max_drop was 1.0 and is now 2.0"),
        (("--dtype", "bfloat16"), 'dtype was "float32" and is now "bfloat16"'),
        (("--exclude", "NegRefCOCOg.json"), "is now "),
    ],
)
def test_other_settings_are_refused_by_name(taken: Path, more: tuple[str, ...], said: str) -> None:
    message = refused(*words("out", *SHORT, *more), folder=taken)
    assert "out was made with other settings: " in message
    assert said in message
    assert "--fresh" in message


def test_other_data_and_models_are_refused_by_name(taken: Path, whole: Path) -> None:
    before = weights(taken / "out")
    assert 'data was "data.jsonl" and is now "coco.json"' in refused(
        *words("out", *SHORT, data="coco.json"), folder=taken
    )
    worlds.small_clip(taken / "other", seed=1)
    assert 'model was "clip" and is now "other"' in refused(*words("out", *SHORT, model="other"), folder=taken)
    with (taken / "data.jsonl").open("a") as file:
        file.write("\n")
    assert "data_digest was " in refused(*words("out", *SHORT), folder=taken)
    assert weights(taken / "out") == before


def test_fresh_starts_over(taken: Path, whole: Path) -> None:
    (taken / "out" / "data.images.jsonl").write_text("of an earlier run")
    negdata(*words("out", *SETS, "--set", "steps=3", "--fresh"), folder=taken)
    out = taken / "out"
    assert [line["step"] for line in losses(out)] == [1, 2, 3, 3]
    assert manifest(out)["runs"] == 1
    assert weights(out) != weights(whole)
    assert not (out / "data.images.jsonl").exists()


def test_files_of_others_are_left_alone(home: Path) -> None:
    (home / "out").mkdir()
    (home / "out" / "thesis.tex").write_text("mine")
    for more in ((), ("--fresh",)):
        message = refused(*words("out", *SHORT, *more), folder=home)
        assert "The output folder out holds thesis.tex and no run of negdata finetune. Give another -o" in message
    assert [path.name for path in (home / "out").iterdir()] == ["thesis.tex"]


def test_a_manifest_that_is_none_is_no_reason_to_remove_files(home: Path) -> None:
    (home / "out").mkdir()
    (home / "out" / "negdata.manifest.json").write_text('{"trained_on": null}')
    message = refused(*words("out", *SHORT, "--fresh"), folder=home)
    assert "negdata.manifest.json isn't a manifest that negdata" in message
    assert message.endswith("Restore it, give another -o, or empty the folder.")


def test_the_first_moments_of_a_run_that_was_killed_are_no_files_of_others(home: Path) -> None:
    (home / "out").mkdir()
    (home / "out" / "negdata.lock").write_text("")
    (home / "out" / "negdata.manifest.json.tmp").write_text('{"neg')
    negdata(*words("out", *SETS, "--set", "steps=1"), folder=home)


def test_a_second_process_is_refused(home: Path) -> None:
    (home / "out").mkdir()
    lock = OutputLock(home / "out" / "negdata.lock", home / "out", "negdata finetune")
    try:
        message = refused(*words("out", *SHORT), folder=home)
    finally:
        lock.release()
    assert f"out is being written by process {os.getpid()} on " in message


def test_what_was_refused_before_its_first_step_may_be_mended(home: Path) -> None:
    message = refused(*words("out", "--set", "epochs=1"), folder=home)
    assert "A batch of 512 captions is larger than the data: there are 36 images to train on" in message
    assert "--set batches.size=36" in message
    assert not (home / "cache" / "negdata" / "features").exists()
    negdata(*words("out", "--set", "epochs=1", "--set", "batches.size=36"), folder=home)


# Several processes


@pytest.mark.slow
def test_two_processes_train_what_one_does(home: Path, whole: Path) -> None:
    asked = [*words("out", *SHORT, "--save-every", "0")[1:]]
    paths = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    variables = command.environment(home, **paths, PROCESSES="2", OMP_NUM_THREADS="1")
    done = subprocess.run(
        ["bash", str(ROOT / "train" / "one-node.sh"), *asked],
        cwd=home, env=variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("120 rows in = 120 taken") == 1
    assert done.stdout.count("written to out") == 1
    assert "Traceback" not in done.stderr
    out = home / "out"
    one, two = losses(whole), losses(out)
    assert [line.keys() for line in two] == [line.keys() for line in one]
    for here, there in zip(two, one, strict=True):
        if "loss" in here:
            assert here["loss"] == pytest.approx(there["loss"], abs=1e-5)
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.iterdir()}


def on_machines(caches: Sequence[str], *asked: str, folder: Path) -> None:
    """Runs a command on as many machines as there are caches: agents of torchrun, each with a process."""
    meet = ("--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{free_port()}", "--rdzv-id", "test")
    run = (sys.executable, "-m", "torch.distributed.run", "--nnodes", str(len(caches)), "--nproc-per-node", "1", *meet)
    agents = []
    for cache in caches:
        here = {"NEGDATA_CACHE": str(folder / cache), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        variables = command.environment(folder, **here)
        agents.append(subprocess.Popen([*run, "-m", "negdata.cli", *asked], cwd=folder, env=variables))
    assert [agent.wait(200) for agent in agents] == [0] * len(caches)


def embeddings(cache: Path) -> list[bytes]:
    """The rows of the one tower whose features a cache holds, in an order of their own."""
    (path,) = cache.rglob("vectors.f32")
    content, size = path.read_bytes(), 4 * json.loads(path.with_name("key.json").read_bytes())["dim"]
    return sorted(content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.slow
def test_machines_train_the_same_with_one_cache_or_each_its_own(home: Path, whole: Path) -> None:
    on_machines(("both", "both"), *words("shared", *SHORT), folder=home)
    on_machines(("one", "other"), *words("apart", *SHORT), folder=home)
    assert weights(home / "shared") == weights(home / "apart")
    for mine, theirs in zip(losses(home / "apart"), losses(whole), strict=True):
        if "loss" in mine:
            assert mine["loss"] == pytest.approx(theirs["loss"], abs=1e-5)
    assert len(embeddings(home / "both")) > 20
    assert embeddings(home / "both") == embeddings(home / "one") == embeddings(home / "other")


# Wrong input


def cases() -> dict[str, tuple[dict[str, str], tuple[str, ...], str]]:
    """What is asked otherwise, options, and what is said."""
    return {
        "recipe name": ({}, ("--recipe", "defalt"), "There is no recipe named 'defalt'. Did you mean 'default'?"),
        "unknown keys": ({}, ("--set", "optimiser.lr=3", "--set", "epochs=x"), "unknown key 'optimiser.lr'"),
        "number format": (
            {},
            ("--dtype", "float16"),
            "no number format to train in named 'float16'. Did you mean 'bfl",
        ),
        "no images": ({"images": "nowhere"}, (), "The image folder nowhere doesn't exist. Check --images."),
        "no data": ({"data": "gone.jsonl"}, (), "gone.jsonl doesn't exist. Check the path."),
        "no model": ({"model": "./gone"}, (), "The model './gone' doesn't exist. Check the path."),
        "a file": ({"out": "data.jsonl"}, (), "The output data.jsonl is a file. Give the path of a folder."),
        "the model": ({"out": "clip"}, (), "The output folder clip is also read from. Give another -o."),
        "bench": ({}, ("--eval", "torn.json"), "torn.json is not valid JSON: unexpected end of data"),
        "no bench": ({}, ("--eval", "gone.json"), "gone.json doesn't exist. Check the path."),
        "no exclusion": ({}, ("--exclude", "gone.json"), "gone.json doesn't exist. Check the path."),
        "drop": ({}, ("--max-drop", "nan"), "--max-drop is nan. Give a number from 0 to 100."),
        "workers": ({}, ("--workers", "0"), "--workers is 0. Give a number from 1 to 1,024."),
        "below a file": ({"out": "data.jsonl/out"}, (), "data.jsonl/out can't be written: Not a directory."),
    }


@pytest.mark.parametrize("name", cases())
def test_wrong_words(home: Path, name: str) -> None:
    changed, more, said = cases()[name]
    (home / "torn.json").write_text('[{"image": "a')
    message = refused(*words(changed.pop("out", "out"), *SHORT, *more, **changed), folder=home)
    assert said in message
    assert not (home / "out" / "curve.jsonl").exists()


def test_every_error_of_a_recipe_is_told(home: Path) -> None:
    recipe = (ROOT / "train" / "default.yaml").read_text()
    (home / "own.yaml").write_text(recipe.replace("epochs: 10", "epochs: 0\nlearning: 3").replace("size:", "sise:"))
    message = refused(*words("out", "--recipe", "own.yaml"), folder=home)
    for said in ("own.yaml", "learning", "epochs: Input should be greater", "batches.sise", "batches.size"):
        assert said in message


def test_models_that_are_no_clip(home: Path) -> None:
    from tests.clip.tiny import siglip_folder

    siglip_folder(home / "siglip")
    message = refused(*words("out", *SHORT, model="siglip"), folder=home)
    assert "siglip is a Siglip, which learns by another loss than CLIP's" in message
    (home / "bert").mkdir()
    (home / "bert" / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    message = refused(*words("out", *SHORT, model="bert"), folder=home)
    assert "The folder bert holds no CLIP or SigLIP, but a model of the kind 'bert'." in message
    assert not (home / "out").exists()


def test_weights_of_another_shape(home: Path) -> None:
    from tests.clip.tiny import state_dict

    torch.save(state_dict(), home / "tiny.pt")
    message = refused(*words("out", *SHORT, "--architecture", "ViT-L-14", model="tiny.pt"), folder=home)
    assert "tiny.pt has the shapes of a CLIP of 2 and 2 layers, 64 and 64 wide, that isn't published" in message
    assert "not of ViT-L-14. Leave --architecture out" in message


def test_weights_that_would_run_code(home: Path) -> None:
    from tests.clip.hostile import plain_pickle, touching

    for number, (name, value) in enumerate(touching(home / "owned")):
        plain_pickle(home / f"{number}.pt", value)
        message = refused(*words("out", *SHORT, model=f"{number}.pt"), folder=home)
        assert f"{number}.pt isn't read: it names the Python object {name}" in message
    assert not (home / "owned").exists()


@pytest.mark.parametrize("name", ["text_projection.weight", "visual_projection.weight"])
def test_weights_that_are_no_numbers(home: Path, shared: worlds.Made, name: str) -> None:
    from safetensors.torch import load_file, save_file

    spoilt = Path(shutil.copytree(shared.model, home / "spoilt")) / "model.safetensors"
    tensors = load_file(spoilt)
    tensors[name][0, 0] = float("nan")
    save_file(tensors, spoilt, metadata={"format": "pt"})
    message = refused(*words("out", *SHORT, model="spoilt"), folder=home)
    assert f"spoilt has weights that are no finite numbers, in {name}." in message


def test_captions_that_nobody_negated(home: Path, shared: worlds.Made) -> None:
    rows = [{key: row[key] for key in ("id", "image", "caption")} for row in worlds.rows(shared.world)]
    (home / "plain.jsonl").write_text(worlds.lines(rows))
    message = refused(*words("out", *SHORT, data="plain.jsonl"), folder=home)
    assert "plain.jsonl has no row that can be trained on: of 120 rows, 120 no-negated-caption." in message
    assert "Write negated captions first: `negdata caption`." in message


def test_no_image_can_be_read(home: Path) -> None:
    (home / "empty").mkdir()
    message = refused(*words("out", *SHORT, images="empty"), folder=home)
    assert "None of the 40 images of data.jsonl can be read: 000000.png is not among the images" in message


def test_rows_that_fail_are_written_and_the_rest_is_trained_on(home: Path, shared: worlds.Made) -> None:
    (home / "images").unlink()
    images = Path(shutil.copytree(shared.images, home / "images"))
    (images / "broken.png").write_bytes(b"no picture")
    (home / "secret.png").write_bytes((images / "000000.png").read_bytes())
    rows = worlds.rows(shared.world)
    odd = ["broken.png", "gone.png", "../secret.png", "../../etc/passwd", str(home / "secret.png")]
    rows += [rows[0] | {"id": f"odd-{number}", "image": image} for number, image in enumerate(odd)]
    (home / "some.jsonl").write_text(worlds.lines(rows))
    done = negdata(*words("out", *SHORT, data="some.jsonl"), folder=home, code=1)
    assert done.stdout.startswith("125 rows in = 120 taken, 0 rejected, 5 failed (")
    assert "note: 5 rows can't be used (" in done.stderr
    failed = [json.loads(line) for line in (home / "out" / "data.failed.jsonl").read_text().splitlines()]
    assert {row["id"]: row["error"] for row in failed} == {
        "odd-0": "not-an-image",
        "odd-1": "image-missing",
        "odd-2": "bad-row",
        "odd-3": "bad-row",
        "odd-4": "bad-row",
    }
    counts = manifest(home / "out")["counts"]
    assert counts == {"in": 125, "kept": 120, "rejected": 0, "failed": 5}
    assert manifest(home / "out")["errors"] == {"bad-row": 3, "not-an-image": 1, "image-missing": 1}


def test_a_loss_that_is_no_number(home: Path) -> None:
    more = ("--set", "batches.size=8", "--set", "optimizer.lr=1e30", "--set", "trained.logit_scale=free")
    message = refused(*words("out", *more), folder=home)
    assert "The loss is nan" in message
    assert "--set optimizer.lr=... --fresh" in message
    assert len(json.loads((home / "out" / "not-finite.json").read_text())["ids"]) >= 7
    negdata(*words("out", *SETS, "--set", "steps=2", "--fresh"), folder=home)
    assert not (home / "out" / "not-finite.json").exists()


# What it costs and gains


def test_the_gate(home: Path) -> None:
    forgets = ("batches.size=8", "optimizer.lr=0.3", "steps=4", "split.share=0.5", "keep.alphas=[1.0]")
    sets = [word for value in forgets for word in ("--set", value)]
    asked = words("out", *sets, "--max-drop", "20", model=str(SMALL_CLIP))
    done = negdata(*asked, folder=home, code=1)
    assert "Gate failed: R@5 text→image on held-out captions fell by " in done.stdout
    assert (home / "out" / "model.safetensors").is_file()
    assert "fell by" in (home / "out" / "README.md").read_text()
    assert negdata(*asked, folder=home, code=1).stdout == done.stdout


def test_images_of_a_benchmark_are_left_out(home: Path, shared: worlds.Made) -> None:
    items = json.loads((home / "NegRefCOCOg.json").read_text())[:6]
    (home / "few.json").write_text(json.dumps(items))
    used = {item["image"] for item in items}
    done = negdata(*words("clean", *SHORT, "--exclude", "few.json", "--eval", "few.json"), folder=home)
    assert f"{120 - 3 * len(used)} taken, {3 * len(used)} rejected" in done.stdout
    trained = (home / "clean" / "trained_on.txt").read_text().split()
    assert len(trained) == 40 - len(used)
    assert not {f"coco:{int(name[:6])}" for name in used} & set(trained)
    said = command_eval(home, "few.json", "clean")
    assert "was trained on" not in said
    negdata(*words("dirty", *SETS, "--set", "steps=1"), folder=home)
    assert f"dirty was trained on {len(used)} of the images of few.json" in command_eval(home, "few.json", "dirty")


def command_eval(home: Path, bench: str, model: str) -> str:
    return negdata("eval", bench, "--images", "images", "--model", model, folder=home).said
