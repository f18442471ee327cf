"""The OpenAI protocol over real sockets: what is sent, what is made of each answer."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions, BadReply, RateLimited, Refused, Unavailable
from negdata.errors import NegdataError
from tests.backends.asking import SCHEMA, ask, picture, question, request
from tests.backends.scripted_server import Answer, ScriptedServer, Sent, scripted_server
from tests.models import SMOLLM2, available
from tests.servers.running import server

KEY = "sk-very-secret-0123456789"
MODELS = {"object": "list", "data": [{"id": "llama-3-8b", "object": "model"}, {"id": "qwen", "object": "model"}]}


def completion(text: str | None, finish: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
    return {"id": "x", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}


GOOD = completion('{"caption": "A dog on a sofa without a cat."}')


def backend_of(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, model: str = "llama-3-8b") -> Any:
    monkeypatch.setenv("TEST_KEY", KEY)
    return make_backend("openai", BackendOptions(model, f"{server.url}/v1", "TEST_KEY", timeout=5))


def answering(status: int, content: Any, headers: dict[str, str] | None = None) -> Any:
    def respond(sent: Sent) -> Answer:
        return (200, {}, MODELS) if sent.path.endswith("/models") else (status, headers or {}, content)

    return respond


def test_everything_is_passed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture()
    with scripted_server(answering(200, GOOD)) as server:
        (reply,) = ask(backend_of(server, monkeypatch), request((image,)), ready=True)
        (sent,) = server.chats
    assert reply.text == '{"caption": "A dog on a sofa without a cat."}'
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 5)
    body = sent.body
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["seed"]) == (0.25, 0.75, 40, 7)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    url = body["messages"][-1]["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == image
    assert sent.headers["authorization"] == f"Bearer {KEY}"


def test_schema_refused_once_and_for_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(sent: Sent) -> Answer:
        if "response_format" in sent.body:
            return 400, {}, {"error": {"message": "response_format is not supported"}}
        return 200, {}, completion('Here it is:\n```json\n{"caption": "A dog without a cat."}\n```')

    with scripted_server(respond) as server:
        replies = ask(backend_of(server, monkeypatch), request(), request(seed=8), request(seed=9))
        with_schema = ["response_format" in sent.body for sent in server.chats]
    assert with_schema == [True, False, False, False]
    assert {reply.text for reply in replies} == {'{"caption":"A dog without a cat."}'}


def test_prose_is_a_bad_reply_where_no_schema_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(sent: Sent) -> Answer:
        if "response_format" in sent.body:
            return 400, {}, {"error": {"message": "json_schema unknown"}}
        return 200, {}, completion("A dog without a cat.")

    with scripted_server(respond) as server, pytest.raises(BadReply):
        ask(backend_of(server, monkeypatch), request())


FAILURES = {
    "429": (429, {"error": {"message": "slow down"}}, RateLimited),
    "500": (500, {"error": "oops"}, Unavailable),
    "503": (503, b"<html>down</html>", Unavailable),
    "400": (400, {"error": {"message": "too long"}}, Refused),
    "no JSON": (200, b"{not json", BadReply),
    "no choices": (200, {"choices": []}, BadReply),
    "empty": (200, completion(""), BadReply),
    "null": (200, completion(None), BadReply),
    "cut": (200, completion('{"capt', "length"), BadReply),
    "filtered": (200, completion("x", "content_filter"), Refused),
    "no model": (404, {"error": {"message": "model not found"}}, NegdataError),
    "key": (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, NegdataError),
    "quota": (429, {"error": {"message": "insufficient_quota", "code": "insufficient_quota"}}, NegdataError),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    status, content, kind = FAILURES[name]
    with scripted_server(answering(status, content)) as server:
        backend = backend_of(server, monkeypatch)
        with pytest.raises(kind) as caught:
            ask(backend, request())
    assert KEY not in str(caught.value) + repr(backend) + repr(caught.value)


def test_retry_after_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = answering(429, {"error": {"message": "wait"}}, {"retry-after": "3"})
    with scripted_server(slow) as server, pytest.raises(RateLimited) as caught:
        ask(backend_of(server, monkeypatch), request())
    assert caught.value.retry_after == 3


def test_the_nearest_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(sent: Sent) -> Answer:
        return (200, {}, MODELS) if sent.path.endswith("/models") else (404, {}, {"error": {"message": "no"}})

    with scripted_server(respond) as server, pytest.raises(NegdataError, match="Did you mean llama-3-8b"):
        ask(backend_of(server, monkeypatch, "llama-3-8"), request(), ready=True)


def test_no_server() -> None:
    backend = make_backend("openai", BackendOptions("m", "http://127.0.0.1:9/v1"))
    with pytest.raises(NegdataError, match=r"127\.0\.0\.1:9"):
        ask(backend, ready=True)


def test_an_errors_text_may_hold_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server(answering(400, {"detail": [10**30, None]})) as server, pytest.raises(Refused):
        ask(backend_of(server, monkeypatch), request())


@pytest.fixture(scope="module")
def llama_url() -> Iterator[str]:
    """The llama.cpp server in its own process, with SmolLM2, which sees nothing."""
    with server("llama_server", str(available(SMOLLM2))) as address:
        yield f"{address}/v1"


def test_llama_cpps_own_probabilities(llama_url: str) -> None:
    asked = question(text="Is the sky blue? Answer yes or no.")
    reworded = replace(asked, messages=asked.messages[:1] * 2 + asked.messages[1:])
    first, again, other = ask(
        make_backend("openai", BackendOptions(None, llama_url)), asked, asked, reworded, ready=True
    )
    assert first.masses is not None
    assert all(0.0 < mass < 1.0 for mass in first.masses)
    assert 0.1 < sum(first.masses) <= 1.0
    assert again.masses == pytest.approx(first.masses, abs=1e-3)
    assert other.masses != pytest.approx(first.masses, abs=1e-3)
    assert first.text.lower().startswith("yes" if first.masses[0] > first.masses[1] else "no")
    assert first.completion_tokens <= 4


def test_llama_cpp_without_a_vision_part_is_one_error(llama_url: str) -> None:
    with pytest.raises(NegdataError, match=r"can't see images: .*mmproj"):
        ask(make_backend("openai", BackendOptions(None, llama_url, images=True)), question((picture(),)), ready=True)
