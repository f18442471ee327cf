"""The official Ollama client over real sockets, and a server of its protocol that fronts a real model."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions, BadReply, RateLimited, Refused, Unavailable
from negdata.errors import NegdataError
from tests.backends.asking import SCHEMA, ask, picture, question, request
from tests.backends.scripted_server import Answer, ScriptedServer, Sent, scripted_server
from tests.models import SMOLLM2, available
from tests.servers.running import server

TAGS = {"models": [{"model": "llama3.1:8b", "name": "llama3.1:8b"}]}
GOOD = {
    "model": "llama3.1:8b",
    "created_at": "2026-01-01T00:00:00Z",
    "message": {"role": "assistant", "content": '{"caption": "A dog, no cat."}'},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 12,
    "eval_count": 6,
}


def backend_of(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, model: str = "llama3.1:8b") -> Any:
    monkeypatch.setenv("OLLAMA_HOST", server.url)
    return make_backend("ollama", BackendOptions(model, timeout=5))


def answering(status: int, content: Any) -> Any:
    def respond(sent: Sent) -> Answer:
        return (200, {}, TAGS) if sent.path.endswith("/tags") else (status, {}, content)

    return respond


def test_everything_is_passed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture()
    with scripted_server(answering(200, GOOD)) as server:
        (reply,) = ask(backend_of(server, monkeypatch), request((image,)), ready=True)
        body = server.chats[0].body
    assert reply.text == '{"caption": "A dog, no cat."}'
    assert (reply.prompt_tokens, reply.completion_tokens) == (12, 6)
    assert body["format"] == SCHEMA
    assert body["options"] == {"temperature": 0.25, "top_p": 0.75, "num_predict": 40, "seed": 7}
    assert body["keep_alive"]
    assert body["stream"] is False
    assert base64.b64decode(body["messages"][-1]["images"][0]) == image


def test_missing_model_gives_the_line_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(answering(200, GOOD)) as server, pytest.raises(NegdataError) as caught:
        ask(backend_of(server, monkeypatch, "llama3:8b"), ready=True)
    assert "ollama pull llama3:8b" in str(caught.value)
    assert "llama3.1:8b" in str(caught.value)


def test_missing_server_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with pytest.raises(NegdataError, match=r"127\.0\.0\.1:9"):
        ask(make_backend("ollama", BackendOptions("llama3.1:8b")), ready=True)


FAILURES = {
    "429": (429, {"error": "busy"}, RateLimited),
    "500": (500, {"error": "llama runner process has terminated"}, Unavailable),
    "503": (503, {"error": "server busy, please try again"}, Unavailable),
    "400": (400, {"error": "invalid options"}, Refused),
    "gone": (404, {"error": "model 'llama3.1:8b' not found"}, NegdataError),
    "cut": (200, GOOD | {"done_reason": "length"}, BadReply),
    "empty": (200, GOOD | {"message": {"role": "assistant", "content": " "}}, BadReply),
    "no JSON": (200, b"{", BadReply),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    status, content, kind = FAILURES[name]
    with scripted_server(answering(status, content)) as server, pytest.raises(kind):
        ask(backend_of(server, monkeypatch), request())


@pytest.fixture(scope="module")
def real_server() -> Iterator[str]:
    """An Ollama-protocol server in its own process, in front of SmolLM2."""
    with server("ollama_server", str(available(SMOLLM2))) as address:
        yield address


def test_real_model(real_server: str) -> None:
    url = real_server if real_server.startswith("http") else f"http://127.0.0.1:{real_server}"
    backend = make_backend("ollama", BackendOptions("smollm2:135m", url))
    first, second = ask(backend, request(), request(), ready=True)
    assert set(json.loads(first.text)) == {"caption"}
    assert first.text == second.text, "the seed is passed on"
    assert first.completion_tokens > 0


def test_real_server_misses_a_model_as_ollama_does(real_server: str) -> None:
    url = real_server if real_server.startswith("http") else f"http://127.0.0.1:{real_server}"
    with pytest.raises(NegdataError, match="ollama pull qwen2"):
        ask(make_backend("ollama", BackendOptions("qwen2", url)), ready=True)


def test_real_probabilities(real_server: str) -> None:
    asked = question(text="Is the sky blue? Answer yes or no.")
    (reply,) = ask(make_backend("ollama", BackendOptions("smollm2:135m", real_server)), asked, ready=True)
    assert reply.masses is not None
    assert all(0.0 < mass < 1.0 for mass in reply.masses)
    assert 0.1 < sum(reply.masses) <= 1.0


def test_a_real_model_without_vision_is_one_error(real_server: str) -> None:
    options = BackendOptions("smollm2:135m", real_server, images=True)
    with pytest.raises(NegdataError, match=r"can't see images.*ollama pull"):
        ask(make_backend("ollama", options), ready=True)
    with pytest.raises(NegdataError, match=r"can't see images: .*mmproj"):
        ask(make_backend("ollama", options), question((picture(),)))
