"""How much of a real llama.cpp server's throughput ``negdata caption`` brings to its user.

    python -m tests.models smollm2
    python -m tests.speed.llama_share [--requests 96] [--slots 4] [--rounds 3]

A bare aiohttp client sends the identical requests, as many at a time as the server has slots. They take turns. A first
turn finds the captions whose reply is cut off at its longest; they are left out, as negdata asks for those again.
Throughput is counted in tokens written, since a request may bring another reply when it is batched with others.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from pydantic import JsonValue

from negdata.prompts import load_prompt
from tests.models import SMOLLM2
from tests.servers.running import server
from tests.speed.common import captions, negdata_json, print_table

OBJECTS = ("umbrella", "dog", "bicycle", "suitcase", "kite", "laptop", "zebra", "boat", "hat", "clock")
SAMPLING = {"temperature": 0.6, "top_p": 0.9}
Question = tuple[str, str]


def bodies(asked: Sequence[Question], model: str) -> list[bytes]:
    """The requests that negdata sends for these captions and objects."""
    prompt = load_prompt("rewrite", None)
    made = []
    for caption, negated in asked:
        inputs: dict[str, JsonValue] = {"caption": caption, "negated": negated}
        request = prompt.request(inputs, seed=0, temperature=SAMPLING["temperature"], top_p=SAMPLING["top_p"])
        schema = {"name": request.task, "strict": True, "schema": request.schema}
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            **SAMPLING,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
        made.append(orjson.dumps(body))
    return made


async def bare(url: str, asked: Sequence[bytes], concurrency: int) -> tuple[float, float, list[bool]]:
    """Requests and tokens a second of the bare client, and which replies are whole."""
    slots, tokens = asyncio.Semaphore(concurrency), 0
    async with aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session:

        async def one(body: bytes) -> bool:
            nonlocal tokens
            async with slots, session.post(f"{url}/chat/completions", data=body) as response:
                response.raise_for_status()
                reply = orjson.loads(await response.read())
            tokens += reply["usage"]["completion_tokens"]
            return bool(reply["choices"][0]["finish_reason"] == "stop")

        began = time.perf_counter()
        whole = await asyncio.gather(*map(one, asked))
        seconds = time.perf_counter() - began
    return len(asked) / seconds, tokens / seconds, whole


def negdata(url: str, asked: Sequence[Question], concurrency: int, model: str) -> tuple[float, float]:
    """Requests and tokens a second of ``negdata caption``."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, out = Path(folder) / "corpus.jsonl", Path(folder) / "out.jsonl"
        rows = ({"id": f"c:{i}", "image": f"{i}.jpg", "caption": c, "negated": n} for i, (c, n) in enumerate(asked))
        corpus.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        options: list[str | int] = [
            "--backend",
            "openai",
            "--base-url",
            url,
            "--model",
            model,
            "--steps",
            "rewrite",
            "--tries",
            1,
        ]
        summary = negdata_json(
            ["caption", corpus, "-o", out, *options, "--concurrency", concurrency, "--max-failures", 1],
            Path(folder) / "cache",
        )
    if summary["taken"] != len(asked):
        raise RuntimeError(f"the run did not go as it should: {summary}")
    return summary["requests"] / summary["seconds"], summary["completion_tokens"] / summary["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=96)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not SMOLLM2.path.exists():
        raise SystemExit("The model is not there: run `python -m tests.models smollm2` first.")
    model, slots = SMOLLM2.path.stem, arguments.slots
    asked = [(caption, OBJECTS[i % len(OBJECTS)]) for i, caption in enumerate(islice(captions(), arguments.requests))]
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with server("llama_server", str(SMOLLM2.path), "--parallel", str(slots)) as address:
        url = f"{address}/v1"
        *_, whole = asyncio.run(bare(url, bodies(asked, model), slots))
        asked = [question for question, is_whole in zip(asked, whole, strict=True) if is_whole]
        made = bodies(asked, model)
        for turn in range(2 * arguments.rounds):
            if turn % 4 in (0, 3):
                theirs.append(asyncio.run(bare(url, made, slots))[:2])
            else:
                ours.append(negdata(url, asked, slots, model))
    (their_requests, their_tokens), (our_requests, our_tokens) = (
        tuple(statistics.median(one[part] for one in turns) for part in (0, 1)) for turns in (theirs, ours)
    )
    print_table(
        [f"llama.cpp, SmolLM2-135M, {slots} slots, {len(asked)} captions", "requests/s", "tokens/s", "share"],
        [
            ["bare aiohttp client", f"{their_requests:.2f}", f"{their_tokens:.1f}", "100 %"],
            ["negdata caption", f"{our_requests:.2f}", f"{our_tokens:.1f}", f"{our_tokens / their_tokens:.1%}"],
        ],
    )


if __name__ == "__main__":
    main()
