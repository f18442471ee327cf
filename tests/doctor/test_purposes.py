"""What a command needs, told without a server and without loading a package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from negdata.doctor.diagnosis import Answerer, Device, Diagnosis, Disk, Extra, Verdict
from negdata.doctor.purposes import judge
from negdata.doctor.settings import DoctorSettings
from negdata.errors import NegdataError
from tests.backends.scripted_server import Answer, Sent, scripted_server

PIP = 'pip install "negdata[train]"'


def _machine(tmp_path: Path, *, train: bool = True, backends: tuple[Answerer, ...] = ()) -> Diagnosis:
    state = "ok" if train else "absent"
    mend = None if train else PIP
    lacks: dict[str, object] = {"state": state, "said": "", "mend": mend, "enables": "", "versions": {}}
    own = [
        Answerer(name="rules", state="ok", said=""),
        Answerer.model_validate({"name": "transformers", "state": state, "said": "", "mend": mend}),
        Answerer.model_validate({"name": "llamacpp", "state": "ok", "said": ""}),
    ]
    return Diagnosis(
        negdata="0", python="3", executable="python", platform="", cores=1, seconds=0, keys=[], places=[],
        extras=[Extra.model_validate(lacks | {"name": name}) for name in ("train", "openclip")],
        devices=[Device(name="cpu", state="ok", said="2 threads", dtype="float32")],
        backends=[*backends, *own],
        disk=Disk(name="disk", state="ok", said="", path=str(tmp_path), free=1, total=1),
    )  # fmt: skip


def _judged(tmp_path: Path, *, train: bool = True, **settings: object) -> Verdict:
    return judge(DoctorSettings(**settings), _machine(tmp_path, train=train))  # type: ignore[arg-type]


def test_the_embedded_backend_always_works(tmp_path: Path) -> None:
    assert _judged(tmp_path, train=False, purpose="caption").works


@pytest.mark.parametrize("purpose", ["finetune", "eval"])
def test_training_and_scoring_need_their_packages(tmp_path: Path, purpose: str) -> None:
    lacking = _judged(tmp_path, train=False, purpose=purpose)
    assert not lacking.works
    assert [one.mend for one in lacking.needs] == [PIP]
    assert _judged(tmp_path, purpose=purpose).works


def test_text_checks_need_nothing_and_judges_do(tmp_path: Path) -> None:
    assert _judged(tmp_path, train=False, purpose="filter").works
    assert not _judged(tmp_path, train=False, purpose="filter", verifiers=("qwen-vl",)).works
    assert _judged(tmp_path, train=False, purpose="filter", verifiers=("instances",)).works


def test_where_a_model_would_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    folder = tmp_path / "hub" / "models--org--clip" / "snapshots" / "0"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"architectures": ["CLIPModel"]}))

    def said(model: str) -> tuple[bool, str]:
        verdict = _judged(tmp_path, purpose="eval", model=model)
        return verdict.works, verdict.needs[-1].said

    assert said("org/clip") == (True, "org/clip is in the hub's cache")
    assert said("org/other") == (True, "org/other isn't here yet: the first run fetches it from the hub")
    assert said(str(tmp_path)) == (True, f"{tmp_path} is here")
    assert said("./nowhere") == (False, "./nowhere doesn't exist")
    assert said("nowhere.pt") == (False, "nowhere.pt doesn't exist")
    assert said("gpt2")[0], "models of the hub's first years have no owner"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert said("org/clip")[0]
    assert not said("org/other")[0]


def test_a_gguf_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "good.gguf").write_bytes(b"GGUF....")
    (tmp_path / "bad.gguf").write_bytes(b"<html>")

    def works(model: str | None) -> bool:
        return _judged(tmp_path, purpose="caption", backend="llamacpp", model=model).works

    assert works(str(tmp_path / "good.gguf"))
    assert not works(str(tmp_path / "bad.gguf"))
    assert not works(str(tmp_path / "none.gguf"))
    assert not works(None)


@pytest.mark.parametrize(
    ("model", "works"), [(None, False), ("b", True), ("c", False)], ids=["unnamed", "there", "not there"]
)
def test_the_model_of_a_server_of_openais_protocol(tmp_path: Path, model: str | None, works: bool) -> None:
    server = Answerer(name="openai", state="ok", said="", address="http://x/v1", models=["a", "b"])
    settings = DoctorSettings(purpose="caption", backend="openai", model=model)
    assert judge(settings, _machine(tmp_path, backends=(server,))).works is works


def _blind_ollama(sent: Sent) -> Answer:
    if sent.path == "/api/tags":
        return 200, {}, {"models": [{"model": "llama3.1:8b"}]}
    return 200, {}, {"capabilities": ["completion"], "model_info": {}}


def test_ollamas_model_has_to_be_there_and_to_see(tmp_path: Path) -> None:
    with scripted_server(_blind_ollama) as server:
        ollama = Answerer(name="ollama", state="ok", said="", address=server.url, models=["llama3.1:8b"])
        machine = _machine(tmp_path, backends=(ollama,))
        assert judge(DoctorSettings(purpose="caption", backend="ollama"), machine).works
        absent = judge(DoctorSettings(purpose="caption", backend="ollama", model="mistral"), machine)
        assert absent.needs[-1].mend == "ollama pull mistral"
        blind = judge(DoctorSettings(purpose="filter", verifiers=("ollama=llama3.1:8b",)), machine)
    assert "can't see images" in blind.needs[-1].said


@pytest.mark.parametrize(
    "settings",
    [
        {"purpose": "captions"},
        {"backend": "olama"},
        {"purpose": "caption", "verifiers": ("qwen-vl",)},
        {"timeout": 0.0},
        {"base_url": "not an address"},
        {"purpose": "filter", "verifiers": ("qwen",)},
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(NegdataError):
        DoctorSettings(**settings)  # type: ignore[arg-type]
