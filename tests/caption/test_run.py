"""``caption_corpus`` as one call: it keeps the equation, goes on where it stopped and says what a run would cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from negdata.caption import CaptionSettings, caption_corpus, estimate_caption_run
from negdata.errors import NegdataError
from negdata.negation import check_false_caption, check_negated_caption
from negdata.progress import Progress
from negdata.records import CaptionRecord, FailedCaption
from negdata.vocabulary import vocabulary
from tests.backends.scripted_server import Answer, Sent, scripted_server
from tests.servers.null_server import negate

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example" / "captions.jsonl"
BAD: list[dict[str, Any]] = [
    {"id": "good", "image": "a.jpg", "caption": "A motorcycle parked in front of a garage."},
    {"id": "null", "image": "b.jpg", "caption": None},
    {"id": "outside", "image": "../c.jpg", "caption": "A dog on a beach."},
]


def example(folder: Path, **fields: Any) -> CaptionSettings:
    return CaptionSettings(source=EXAMPLE, out=folder / "out.jsonl", use_cache=False, **fields)


def records(path: Path) -> list[CaptionRecord]:
    return [CaptionRecord.model_validate_json(line) for line in path.read_bytes().splitlines()]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(path: Path) -> set[bytes]:
    return set(path.read_bytes().splitlines())


def test_every_kept_record_is_a_right_negation(tmp_path: Path) -> None:
    seen: list[Progress] = []
    summary = caption_corpus(example(tmp_path, contrast=True), on_progress=seen.append)
    kept = records(tmp_path / "out.jsonl")
    assert summary.taken == len(EXAMPLE.read_bytes().splitlines()) == summary.kept + summary.rejected + summary.failed
    assert summary.kept == len(kept) == seen[-1].kept
    assert summary.requests > 0
    for record in kept:
        assert record.negated is not None
        assert record.negated_caption is not None
        assert check_negated_caption(record.caption, record.negated_caption, record.negated) is None
    assert [record.id for record in summary.examples] == [record.id for record in kept[: len(summary.examples)]]
    assert summary.false_captions == sum(record.false_caption is not None for record in kept) > 0
    for record in kept:
        if record.false_caption is not None:
            named = {mention.name for mention in vocabulary().find(record.caption)}
            assert any(check_false_caption(record.caption, record.false_caption, name) is None for name in named)


def test_negated_objects_are_named_by_no_caption_of_the_image(tmp_path: Path) -> None:
    caption_corpus(example(tmp_path))
    kept = records(tmp_path / "out.jsonl")
    for record in kept:
        together = [one.caption for one in kept if one.image == record.image]
        assert record.negated not in {mention.name for text in together for mention in vocabulary().find(text)}


def test_a_trial_run_is_extended_and_equals_the_whole(tmp_path: Path) -> None:
    first = caption_corpus(example(tmp_path / "a", limit=10, contrast=True))
    whole = caption_corpus(example(tmp_path / "a", contrast=True))
    at_once = caption_corpus(example(tmp_path / "b", contrast=True))
    assert (first.taken, first.resumed, whole.resumed) == (10, 0, 10)
    assert (whole.taken, whole.kept, whole.reasons) == (at_once.taken, at_once.kept, at_once.reasons)
    assert whole.requests < at_once.requests
    assert whole.false_captions == at_once.false_captions, "rows of the earlier run count too"
    assert lines(tmp_path / "a" / "out.jsonl") == lines(tmp_path / "b" / "out.jsonl")


def test_slices_are_what_the_whole_run_gives(tmp_path: Path) -> None:
    caption_corpus(example(tmp_path / "whole"))
    for offset in (0, 16):
        caption_corpus(example(tmp_path / str(offset), offset=offset, limit=16))
    parts = lines(tmp_path / "0" / "out.jsonl") | lines(tmp_path / "16" / "out.jsonl")
    assert parts == lines(tmp_path / "whole" / "out.jsonl")


def test_without_contrast_no_false_captions_are_counted(tmp_path: Path) -> None:
    assert caption_corpus(example(tmp_path, limit=2)).false_captions is None


def test_other_settings_are_refused_until_fresh(tmp_path: Path) -> None:
    settings = example(tmp_path, limit=4)
    caption_corpus(settings)
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(NegdataError, match="pipeline"):
        caption_corpus(replace(settings, pipeline="random"))
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert caption_corpus(replace(settings, pipeline="random", fresh=True)).resumed == 0
    assert {record.pipeline for record in records(tmp_path / "out.jsonl")} == {"random"}


def test_bad_rows_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", BAD)
    with pytest.raises(NegdataError) as refused:
        caption_corpus(CaptionSettings(source=source, out=tmp_path / "out.jsonl", use_cache=False))
    for said in ("2 rows", "line 2: caption is null", "line 3", "--bad-rows fail"):
        assert said in str(refused.value)
    assert not list(tmp_path.glob("out*"))


def test_bad_rows_are_set_aside_where_asked(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", BAD)
    summary = caption_corpus(
        CaptionSettings(source=source, out=tmp_path / "out.jsonl", bad_rows="fail", use_cache=False)
    )
    assert (summary.taken, summary.kept, summary.failed) == (3, 1, 2)
    assert summary.reasons == {"bad-row": 2}
    failed = (tmp_path / "out.failed.jsonl").read_bytes().splitlines()
    assert {FailedCaption.model_validate_json(line).id for line in failed} == {"null", "outside"}


def test_a_source_of_bad_rows_alone_is_refused(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", BAD[1:])
    with pytest.raises(NegdataError, match="no row that can be used"):
        caption_corpus(CaptionSettings(source=source, out=tmp_path / "out.jsonl", bad_rows="fail", use_cache=False))


def test_ids_given_twice_are_refused(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", [BAD[0], BAD[0]])
    with pytest.raises(NegdataError, match="'good' twice"):
        caption_corpus(CaptionSettings(source=source, out=tmp_path / "out.jsonl", use_cache=False))


def test_an_offset_beyond_the_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="passes over all 32 rows"):
        caption_corpus(example(tmp_path, offset=32))


def test_a_key_variable_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(NegdataError, match="NO_SUCH_KEY is not set"):
        caption_corpus(example(tmp_path, backend="openai", model="m", api_key_env="NO_SUCH_KEY"))


def test_estimate_counts_requests_tokens_and_cost(tmp_path: Path) -> None:
    server: dict[str, Any] = {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
    both = estimate_caption_run(example(tmp_path, **server), price_in=2.0, price_out=10.0)
    assert (both.rows, both.requests, both.sampled_rows) == (32, 64, 32)
    assert both.cost == pytest.approx((2 * both.prompt_tokens + 10 * both.completion_tokens) / 1e6, rel=0.01)
    contrast = estimate_caption_run(example(tmp_path, contrast=True, **server))
    proposing = estimate_caption_run(example(tmp_path, steps=("propose",), **server))
    assert (contrast.requests, proposing.requests, contrast.cost) == (96, 32, None)
    assert estimate_caption_run(example(tmp_path, steps=("rewrite",), **server)).requests == 0, "no row has an object"
    assert estimate_caption_run(example(tmp_path, limit=10, offset=30, **server)).rows == 2
    assert estimate_caption_run(example(tmp_path), price_in=2.0).cost == 0
    assert not list(tmp_path.iterdir())


def test_the_only_model_of_a_server_is_named_in_every_record(tmp_path: Path) -> None:
    def respond(sent: Sent) -> Answer:
        if sent.path.endswith("/models"):
            return 200, {}, {"object": "list", "data": [{"id": "served-7b", "object": "model"}]}
        message = {"role": "assistant", "content": negate(orjson.dumps(sent.body))}
        return 200, {}, {"choices": [{"index": 0, "message": message}]}

    with scripted_server(respond) as server:
        base_url = f"{server.url}/v1"
        summary = caption_corpus(example(tmp_path, backend="openai", base_url=base_url, propose="cooccurrence"))
        assert {sent.body["model"] for sent in server.chats} == {"served-7b"}
    assert summary.model == "served-7b"
    assert {record.made_by.model for record in records(tmp_path / "out.jsonl") if record.made_by} == {"served-7b"}
    manifest = json.loads((tmp_path / "out.manifest.json").read_bytes())
    assert manifest["settings"]["model"] == "served-7b"
    assert manifest["versions"].keys() >= {"python", "openai"}


def test_an_estimate_needs_no_key_no_package_and_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for backend in ("openai", "ollama", "llamacpp", "transformers", "vllm"):
        made = estimate_caption_run(example(tmp_path, backend=backend, model="none.gguf"))
        assert made.requests == 2 * made.rows
    with pytest.raises(NegdataError, match="ollama"):
        estimate_caption_run(example(tmp_path, backend="olama"))


def test_an_address_without_a_path_and_prompts_with_a_hash(tmp_path: Path) -> None:
    def respond(sent: Sent) -> Answer:
        if sent.path.endswith("/tags"):
            return 200, {}, {"models": [{"model": "m:1b", "name": "m:1b"}]}
        message = {"role": "assistant", "content": negate(orjson.dumps(sent.body))}
        return 200, {}, {"model": "m:1b", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": True}

    with scripted_server(respond) as server:
        told = example(tmp_path, backend="ollama", model="m:1b", base_url=server.url, propose="cooccurrence")
        assert caption_corpus(told).kept > 20
        assert caption_corpus(told).resumed > 20
        manifest = json.loads((tmp_path / "out.manifest.json").read_bytes())
    assert manifest["settings"]["base_url"] == server.url
    assert all("@" in prompt for prompt in manifest["settings"]["prompts"])
