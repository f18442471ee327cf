"""Verifiers as a run names them: what they are made of, and what they lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.limits import Limits
from negdata.verify import Verifier, VerifySettings, make_verifiers
from negdata.verify.instances import InstancesVerifier
from negdata.verify.make import PRESETS
from negdata.verify.model import ModelVerifier
from tests.servers.vision_server import MODEL, vision_server
from tests.verify.standins import instances_document, written

NOWHERE = "http://127.0.0.1:9/v1"


def made(*names: str, **fields: Any) -> tuple[Verifier, ...]:
    verifiers = make_verifiers(VerifySettings(verifiers=names, **fields), Limits(concurrency=3))
    for verifier in verifiers:
        verifier.close()
    return verifiers


def refused(*names: str, **fields: Any) -> NegdataError:
    with pytest.raises(NegdataError) as found:
        made(*names, **fields)
    return found.value


def test_ground_truth_comes_from_the_option_or_the_name(tmp_path: Path) -> None:
    path = written(tmp_path / "truth.json", instances_document({"a.jpg": ["dog"]}))
    (by_option,) = made("instances", instances=path)
    (by_name,) = made(f"instances={path}")
    assert isinstance(by_option, InstancesVerifier)
    assert by_option.identity() == by_name.identity()
    assert (by_option.name, by_option.model, by_option.driven) == ("instances", None, None)
    assert "--instances" in refused("instances").remedy
    assert "doesn't exist" in refused("instances=/nowhere.json").problem


def test_verifiers_are_asked_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = written(tmp_path / "truth.json", instances_document({"a.jpg": ["dog"]}))
    one, two, three = made("openai=a", "instances", "openai=b", instances=path, images=tmp_path, base_url=NOWHERE)
    assert [one.name, two.name, three.name] == ["openai", "instances", "openai"]
    assert [one.model, two.model, three.model] == ["a", None, "b"]
    assert len({one.key, two.key, three.key}) == 3
    assert one.driven is not None
    assert one.driven.limits.concurrency == 3


def test_the_model_is_the_names_own_else_the_runs_else_the_default(tmp_path: Path) -> None:
    def model(name: str, **fields: Any) -> str | None:
        return made(name, images=tmp_path, **fields)[0].model

    assert model("ollama") == PRESETS["ollama"]
    assert model("ollama", model="m") == "m"
    assert model("ollama=n:7b", model="m") == "n:7b"
    assert model("openai=n", base_url=NOWHERE, model="m") == "n"


def test_a_servers_only_model_is_named(tmp_path: Path) -> None:
    with vision_server(lambda _image, _question: 0.0) as server:
        (verifier,) = made("openai", images=tmp_path, base_url=server.openai_url)
        assert verifier.model == MODEL
        assert isinstance(verifier, ModelVerifier)
        assert verifier.identity()["base_url"] == server.openai_url


@pytest.mark.parametrize("name", ["qwen-vl", "llava", "llava=m", "transformers=m", "/some/model", "ollama", "openai"])
def test_whoever_looks_at_images_needs_their_folder(tmp_path: Path, name: str) -> None:
    error = refused(name, base_url=NOWHERE)
    assert "no folder of images is named" in error.problem
    assert "--images" in error.remedy
    assert "nowhere doesn't exist" in refused(name, images=tmp_path / "nowhere", base_url=NOWHERE).problem


def test_transformers_has_no_model_of_its_own(tmp_path: Path) -> None:
    error = refused("transformers", images=tmp_path)
    assert "no default model" in error.problem
    assert "transformers=MODEL" in error.remedy


@pytest.mark.parametrize(("name", "meant"), [("lava", "llava"), ("instances2", "instances"), ("qwen", "qwen-vl")])
def test_an_unknown_name_suggests_the_nearest(tmp_path: Path, name: str, meant: str) -> None:
    assert f"Did you mean {meant!r}?" in refused(name, images=tmp_path).remedy


def test_a_key_that_is_not_set_is_named_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "correct-horse-battery")
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("NO_SUCH_KEY", raising=False)
        else:
            monkeypatch.setenv("NO_SUCH_KEY", value)
        error = refused("openai=m", images=tmp_path, base_url=NOWHERE, api_key_env="NO_SUCH_KEY")
        assert "NO_SUCH_KEY is not set" in error.problem
        assert "correct-horse" not in str(error)


def test_a_key_is_in_no_identity_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "correct-horse-battery")
    fields: dict[str, Any] = {"images": tmp_path, "api_key_env": "OTHER_KEY"}
    (verifier,) = made("openai=m", base_url=NOWHERE, **fields)
    assert "correct-horse" not in str(verifier.identity())
    assert "correct-horse" not in str(refused("openai", base_url=NOWHERE, **fields)), "there is no server to name one"
