"""Servers on real sockets: that answer, refuse, answer something else, hang, or aren't there. No key is ever shown."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from negdata.doctor.diagnosis import Answerer
from negdata.doctor.servers import ask_servers
from negdata.doctor.settings import DoctorSettings
from tests.backends.scripted_server import Answer, scripted_server

SECRET = "sk-very-secret-0123456789"
TAGS = {"models": [{"model": "llama3.1:8b", "name": "llama3.1:8b"}, {"model": "qwen2.5vl:7b", "name": "qwen2.5vl:7b"}]}
MODELS = {"object": "list", "data": [{"id": "Qwen2.5-7B", "object": "model", "created": 0, "owned_by": "me"}]}
GARBAGE: dict[str, Answer] = {
    "html": (200, {"content-type": "text/html"}, b"<html>hello</html>"),
    "list": (200, {}, [1, 2]),
    "no list": (200, {}, {"models": 3, "data": "x"}),
    "half": (200, {}, b'{"models": ['),
    "404": (404, {}, {"error": "not found"}),
    "500": (500, {}, {"error": "boom"}),
    "redirect": (302, {"location": "/somewhere"}, b""),
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OLLAMA_HOST", "OLLAMA_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def _ollama(url: str | None, **settings: str) -> Answerer:
    return ask_servers(DoctorSettings(backend="ollama", base_url=url, timeout=1.0, **settings))[0]  # type: ignore[arg-type]


def _openai(url: str | None, **settings: str) -> Answerer:
    return ask_servers(DoctorSettings(backend="openai", base_url=url, timeout=1.0, **settings))[1]  # type: ignore[arg-type]


def test_ollama_says_its_models() -> None:
    with scripted_server(lambda _: (200, {}, TAGS)) as server:
        found = _ollama(server.url)
    assert (found.state, found.models, found.address) == ("ok", ["llama3.1:8b", "qwen2.5vl:7b"], server.url)


def test_ollama_is_looked_for_where_its_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(lambda _: (200, {}, TAGS)) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url.removeprefix("http://"))
        assert ask_servers(DoctorSettings())[0].state == "ok"


def test_an_ollama_without_models_gives_the_line_that_pulls_one() -> None:
    with scripted_server(lambda _: (200, {}, {"models": []})) as server:
        found = _ollama(server.url)
    assert (found.state, found.mend) == ("absent", "ollama pull llama3.1:8b")


def test_openai_says_its_models() -> None:
    with scripted_server(lambda _: (200, {}, MODELS)) as server:
        found = _openai(f"{server.url}/v1")
    assert (found.state, found.models) == ("ok", ["Qwen2.5-7B"])


def test_no_server_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negdata.doctor.servers.DEFAULT_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/ollama")
    ollama, openai = ask_servers(DoctorSettings())
    assert (ollama.state, ollama.mend) == ("absent", "ollama serve")
    assert openai.state == "absent"
    assert openai.mend is not None
    assert "OPENAI_BASE_URL" in openai.mend


def test_a_server_that_was_named_and_is_not_there_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    assert [one.state for one in ask_servers(DoctorSettings(base_url="http://127.0.0.1:9/v1"))] == ["broken", "broken"]


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_one_sentence(name: str) -> None:
    with scripted_server(lambda _: GARBAGE[name]) as server:
        for found in (_ollama(server.url), _openai(f"{server.url}/v1")):
            assert found.state == "broken", found
            assert "Ollama" in found.said or "protocol" in found.said or "No server" in found.said
            assert "\n" not in found.said
            assert found.mend


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_and_not_shown(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    with scripted_server(lambda sent: (status, {}, {"error": f"no: {sent.headers.get('authorization')}"})) as server:
        for found in (_ollama(server.url, api_key_env="MY_KEY"), _openai(server.url, api_key_env="MY_KEY")):
            assert found.state == "broken"
            assert "MY_KEY" in found.said + str(found.mend)
            assert SECRET not in found.model_dump_json()
    assert all(sent.headers["authorization"] == f"Bearer {SECRET}" for sent in server.sent)


def test_a_key_is_sent_only_to_the_server_that_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    with scripted_server(lambda _: (200, {}, TAGS)) as ollama, scripted_server(lambda _: (200, {}, MODELS)) as openai:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        found = ask_servers(DoctorSettings(base_url=openai.url, api_key_env="MY_KEY"))
    assert [one.state for one in found] == ["ok", "ok"]
    assert "authorization" not in ollama.sent[0].headers


def test_an_address_with_a_password_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"http://me:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:{SECRET}@127.0.0.1:9/v1")
    for found in ask_servers(DoctorSettings()):
        assert found.state == "broken"
        assert SECRET not in found.model_dump_json()


def test_what_speaks_another_protocol_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                connection.close()

        threading.Thread(target=greet, daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for found in (_ollama(address), _openai(address)):
            assert found.state == "broken"
            assert "\n" not in found.said
            assert found.mend


@contextmanager
def _hanging() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_addresses_that_hang_cost_the_time_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_servers(DoctorSettings(base_url="http://127.0.0.1:9/v1", timeout=1.0))  # the packages are imported
    with _hanging() as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        began = time.monotonic()
        found = ask_servers(DoctorSettings(base_url=f"{address}/v1", timeout=1.0))
        assert time.monotonic() - began < 3.0
    assert [one.state for one in found] == ["broken", "broken"]
    assert all("within 1 s" in one.said or "No server answers" in one.said for one in found), found


def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_servers(DoctorSettings(base_url="http://127.0.0.1:9/v1", timeout=1.0))

    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(4)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setenv("OLLAMA_HOST", "http://nowhere.example:11434")
    began = time.monotonic()
    found = ask_servers(DoctorSettings(base_url="http://nowhere.example/v1", timeout=0.5))
    assert time.monotonic() - began < 3.0
    assert [one.state for one in found] == ["broken", "broken"]
