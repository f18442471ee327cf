"""Yes and no about images, over real sockets and both protocols: what arrives, with log-probabilities and without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from negdata.backends import make_backend
from negdata.backends.base import Backend, BackendFailure, BackendOptions, BadReply, Refused
from negdata.errors import NegdataError
from tests.backends.asking import ANSWER_SCHEMA, ask, picture, question, request
from tests.backends.scripted_server import Answer, ScriptedServer, Sent, scripted_server
from tests.servers.vision_server import MODEL, OTHER_WORDS, VisionServer, vision_server

PROTOCOLS = ["openai", "ollama"]
KEY = "plainly-secret-word"


def redness(image: Image.Image, _: str) -> float:
    """How much of the image's light is red."""
    red, green, blue = image.convert("RGB").resize((1, 1)).tobytes()
    return red / max(1, red + green + blue)


def backend_of(protocol: str, server: VisionServer) -> Backend:
    url = server.openai_url if protocol == "openai" else server.ollama_url
    return make_backend(protocol, BackendOptions(MODEL, url, timeout=5, images=True))


def schema_of(body: dict[str, Any]) -> Any:
    """The JSON schema that a request of either protocol is held to."""
    return body.get("format") or body.get("response_format", {}).get("json_schema", {}).get("schema")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_images_arrive_and_the_servers_probabilities_come_back(protocol: str) -> None:
    red, teal = picture("red", (40, 30)), picture("#004040", (20, 10))
    grey = picture("#404040")
    with vision_server(redness) as server:
        replies = ask(
            backend_of(protocol, server),
            question((red,), "Is it red?"),
            question((teal,), "Is this red?"),
            question((grey,)),
            ready=True,
        )
    said = 1 - OTHER_WORDS
    expected = [(said, 0.0), (0.0, said), (said / 3, said * 2 / 3)]
    assert [reply.masses for reply in replies] == [pytest.approx(masses) for masses in expected]
    assert [seen.image for seen in server.seen] == [red, teal, grey]
    assert [seen.size for seen in server.seen] == [(40, 30), (20, 10), (8, 8)]
    assert [seen.question for seen in server.seen[:2]] == ["Is it red?", "Is this red?"]
    assert not any(schema_of(seen.body) for seen in server.seen)
    assert (replies[0].prompt_tokens, replies[0].completion_tokens) == (300, 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_few_tokens_are_drawn_as_the_request_says(protocol: str) -> None:
    with vision_server(redness) as server:
        ask(backend_of(protocol, server), question((picture(),)))
    (seen,) = server.seen
    options = seen.body["options"] if protocol == "ollama" else seen.body
    most = options["num_predict"] if protocol == "ollama" else options["max_tokens"]
    assert 1 < most < 10
    assert (options["temperature"], options["top_p"], options["seed"]) == (0.0, 1.0, 7)
    assert (seen.body["logprobs"], seen.body["top_logprobs"]) == (True, 20)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_logprobs_the_schema_is_sent_and_no_more_are_asked_for(protocol: str) -> None:
    with vision_server(redness, logprobs=False) as server:
        replies = ask(backend_of(protocol, server), question((picture(),)), question((picture("blue"),)))
    assert [(reply.text, reply.masses) for reply in replies] == [
        ('{"answer": "yes"}', None),
        ('{"answer": "no"}', None),
    ]
    assert ["logprobs" in seen.body for seen in server.seen] == [True, False, False]
    assert [schema_of(seen.body) for seen in server.seen] == [None, ANSWER_SCHEMA, ANSWER_SCHEMA]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("most", "asked"), [(5, [20, 5, 5]), (0, [20, 5, None, None])])
def test_fewer_alternatives_then_none(protocol: str, most: int, asked: list[int | None]) -> None:
    with vision_server(redness, most_logprobs=most) as server:
        first, second = ask(backend_of(protocol, server), question((picture(),)), question((picture(),)))
    sent = [body.get("top_logprobs") for body in (*server.refused, *(seen.body for seen in server.seen))]
    assert sent == asked
    assert first.masses == second.masses
    assert (first.masses is None) == (most == 0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_asks_for_no_choices_is_sent_as_ever(protocol: str) -> None:
    with vision_server(redness) as server:
        (reply,) = ask(backend_of(protocol, server), replace(question((picture(),)), choices=()))
    assert reply.masses is None
    assert schema_of(server.seen[0].body) == ANSWER_SCHEMA
    assert "logprobs" not in server.seen[0].body


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_model_without_vision_is_one_error(protocol: str) -> None:
    with (
        vision_server(redness, vision=False) as server,
        pytest.raises(NegdataError, match="can't see images") as caught,
    ):
        ask(backend_of(protocol, server), question((picture(),)))
    assert MODEL in caught.value.problem
    assert server.url in caught.value.problem


def test_ollama_tells_before_the_first_image() -> None:
    with vision_server(redness, vision=False) as server, pytest.raises(NegdataError, match="ollama pull"):
        ask(backend_of("ollama", server), ready=True)
    with vision_server(redness, vision=False) as server:
        text_alone = make_backend("ollama", BackendOptions(MODEL, server.ollama_url))
        assert ask(text_alone, ready=True) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_bad_image_is_refused_alone(protocol: str) -> None:
    broken = picture()[:40]
    with vision_server(redness) as server:
        with pytest.raises(Refused, match="could not process image"):
            ask(backend_of(protocol, server), question((broken,)))
        assert not server.seen
    assert len(server.refused) == 1


def served(protocol: str, server: ScriptedServer, key: bool = False) -> Backend:
    url = f"{server.url}/v1" if protocol == "openai" else server.url
    return make_backend(protocol, BackendOptions("m", url, "SEEING" if key else None, timeout=5, images=True))


def reply_of(protocol: str, text: object, logprobs: object, **message: object) -> dict[str, Any]:
    """A reply of either protocol with log-probabilities of any shape."""
    content = {"role": "assistant", "content": text} | message
    if protocol == "ollama":
        return {"message": content, "done": True, "done_reason": "length", "logprobs": logprobs}
    wrapped = {"content": logprobs} if isinstance(logprobs, list) else logprobs
    return {"choices": [{"message": content, "finish_reason": "length", "logprobs": wrapped}]}


YES = [{"token": "Yes", "logprob": -0.5, "top_logprobs": [{"token": "Yes", "logprob": -0.5}]}]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_reply_cut_short_or_empty_has_its_probabilities(protocol: str) -> None:
    texts = iter(["Yes, there is", "", None])

    with scripted_server(lambda _: (200, {}, reply_of(protocol, next(texts), YES))) as server:
        replies = ask(served(protocol, server), question(), question(), question())
    assert [reply.text for reply in replies] == ["Yes, there is", "", ""]
    assert all(reply.masses == pytest.approx((0.6065306597, 0.0)) for reply in replies)


REASONING: dict[str, tuple[str, dict[str, object]]] = {
    "openai": ("", {"reasoning_content": "Yes, I see red"}),
    "ollama": ("", {"thinking": "Yes, I see red"}),
}


def without_logprobs(protocol: str) -> dict[str, Any]:
    """A whole reply that keeps to the schema."""
    whole = reply_of(protocol, '{"answer": "no"}', None)
    (whole["choices"][0] if protocol == "openai" else whole).update(finish_reason="stop", done_reason="stop")
    return whole


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "logprobs", ["nonsense", 1, [None], [{"token": "Yes"}], [{"token": None, "logprob": "x"}], [], {}]
)
def test_logprobs_that_cant_be_read_are_as_good_as_none(protocol: str, logprobs: object) -> None:
    def respond(sent: Sent) -> Answer:
        asked = sent.body.get("logprobs")
        return 200, {}, reply_of(protocol, "Yes", logprobs) if asked else without_logprobs(protocol)

    with scripted_server(respond) as server:
        first, second = ask(served(protocol, server), question(), question())
        assert [schema_of(sent.body) for sent in server.chats] == [None, ANSWER_SCHEMA, ANSWER_SCHEMA]
    assert (first.text, first.masses) == (second.text, second.masses) == ('{"answer": "no"}', None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("tagged", [True, False])
def test_the_first_token_of_a_reasoning_is_no_answer(protocol: str, tagged: bool) -> None:
    text, apart = ("<think>Yes", {}) if tagged else REASONING[protocol]

    def respond(sent: Sent) -> Answer:
        if sent.body.get("logprobs"):
            return 200, {}, reply_of(protocol, text, YES, **apart)
        return 200, {}, without_logprobs(protocol)

    with scripted_server(respond) as server:
        (reply,) = ask(served(protocol, server), question())
    assert (reply.text, reply.masses) == ('{"answer": "no"}', None)


def test_ollama_asks_a_thinking_model_for_its_answer_at_once() -> None:
    def respond(sent: Sent) -> Answer:
        if sent.path.endswith("/tags"):
            return 200, {}, {"models": [{"model": "m"}]}
        if sent.path.endswith("/show"):
            return 200, {}, {"model_info": {}, "capabilities": ["completion", "vision", "thinking"]}
        return 200, {}, reply_of("ollama", "Yes", YES)

    with scripted_server(respond) as server:
        ask(served("ollama", server), question((picture(),)), ready=True)
        assert server.chats[0].body["think"] is False


@pytest.mark.parametrize(
    "shown",
    [
        (200, {"model_info": {}}),
        (200, {"model_info": {}, "capabilities": []}),
        (200, {"capabilities": "all"}),
        (200, [1]),
        (404, {"error": "no such page"}),
        (500, [1]),
        (200, b"{"),
    ],
)
def test_a_server_that_lists_no_capabilities_is_let_through(shown: tuple[int, Any]) -> None:
    def respond(sent: Sent) -> Answer:
        if sent.path.endswith("/tags"):
            return 200, {}, {"models": [{"model": "m"}]}
        return (shown[0], {}, shown[1]) if sent.path.endswith("/show") else (200, {}, reply_of("ollama", "Yes", YES))

    with scripted_server(respond) as server:
        (reply,) = ask(served("ollama", server), question((picture(),)), ready=True)
    assert reply.masses is not None


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_each_way_to_refuse_images(protocol: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEING", KEY)
    said = f"image input is not supported (asked by {KEY})"
    content = {"error": {"message": said}} if protocol == "openai" else {"error": said}
    with scripted_server(lambda _: (status, {}, content)) as server:
        with pytest.raises(NegdataError, match="image input is not supported") as caught:
            ask(served(protocol, server, key=True), question((picture(),)))
        assert len(server.chats) == 1
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("images", [(), (picture(),)])
def test_a_key_is_in_no_failures_text(
    protocol: str, images: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEING", KEY)
    said = f"logprobs, says {KEY}"
    content = {"error": {"message": said}} if protocol == "openai" else {"error": said}
    with scripted_server(lambda _: (400, {}, content)) as server, pytest.raises(Refused) as caught:
        ask(served(protocol, server, key=True), question(images))
    assert "***" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_model_that_has_seen_is_not_blind(protocol: str) -> None:
    said = "image input is not supported"
    content = {"error": {"message": said}} if protocol == "openai" else {"error": said}
    answers: list[Answer] = [(200, {}, reply_of(protocol, "Yes", YES)), (400, {}, content)]
    with scripted_server(lambda _: answers.pop(0)) as server, pytest.raises(Refused):
        ask(served(protocol, server), question((picture(),)), question((picture(),)))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_request_without_images_says_nothing_of_sight(protocol: str) -> None:
    content = {"error": "image input is not supported"}
    with scripted_server(lambda _: (400, {}, content)) as server, pytest.raises(Refused):
        ask(served(protocol, server), request())


def test_openai_refuses_logprobs_with_403() -> None:
    def respond(sent: Sent) -> Answer:
        if "logprobs" in sent.body:
            return 403, {}, {"error": {"message": "You are not allowed to request logprobs from this model"}}
        return 200, {}, {"choices": [{"message": {"content": '{"answer": "yes"}'}, "finish_reason": "stop"}]}

    with scripted_server(respond) as server:
        (reply,) = ask(served("openai", server), question())
    assert (reply.text, reply.masses) == ('{"answer": "yes"}', None)


def test_a_refusal_is_a_bad_reply() -> None:
    refusing = reply_of("openai", None, None, refusal="I can't help with that")
    with scripted_server(lambda _: (200, {}, refusing)) as server, pytest.raises(BadReply):
        ask(served("openai", server), question())


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Yes", " no", "\n", ""])
KEYS = st.sampled_from(["content", "token", "logprob", "top_logprobs", "tokens", "token_logprobs", "Yes"])
SHAPES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
ENTRIES = st.fixed_dictionaries({"token": LEAVES, "logprob": LEAVES, "top_logprobs": SHAPES})
LOGPROBS = SHAPES | st.lists(ENTRIES, max_size=3)
WHOLE_KEYS = [
    "choices",
    "message",
    "logprobs",
    "error",
    "usage",
    "done_reason",
    "prompt_eval_count",
    "thinking",
    "models",
]
WHOLE = st.dictionaries(st.sampled_from(WHOLE_KEYS), SHAPES, max_size=4) | SHAPES


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_hostile_server_crashes_nothing(protocol: str) -> None:
    now: list[Answer] = []

    with scripted_server(lambda _: now[0]) as server:

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from([200, 200, 200, 400, 422, 500]), LOGPROBS, WHOLE, st.booleans(), st.booleans())
        def answers(status: int, logprobs: object, whole: object, replies: bool, ready: bool) -> None:
            now[:] = [(status, {}, reply_of(protocol, "Yes", logprobs) if replies else whole)]
            try:
                (reply,) = ask(served(protocol, server), question((picture(),)), ready=ready)
            except (BackendFailure, NegdataError):
                return
            assert reply.masses is None or all(0.0 <= mass <= 1.0 for mass in reply.masses)

        answers()
