"""Requests a second of the whole of ``negdata caption``, beside the bare OpenAI SDK with the same prompts.

    python -m tests.speed.client_throughput [--requests 6000] [--rounds 3]

The server answers at once, so what is measured is the client. negdata does all it does: survey, candidates, prompts,
reply cache, checks, the output on disk. Its time is the run's (the summary's ``seconds``); "whole command" adds the
start of Python, the survey and the end.
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

import openai

from negdata.prompts import load_prompt
from tests.speed.common import captions, negdata_json, null_server, print_table, write_corpus

Body = dict[str, Any]


def bodies(count: int) -> list[Body]:
    """Requests such as negdata's: prompt, sampling and schema are its own."""
    prompt = load_prompt("rewrite", None)
    asked = (
        prompt.request({"caption": caption, "negated": "zebra"}, temperature=0.6, top_p=0.9, seed=0)
        for caption in islice(captions(), count)
    )
    return [
        {
            "model": "null",
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": request.task, "strict": True, "schema": request.schema},
            },
        }
        for request in asked
    ]


def sequential(url: str, asked: Sequence[Body]) -> float:
    """Requests a second of a plain loop over the SDK."""
    with openai.OpenAI(base_url=url, api_key="none") as client:
        client.chat.completions.create(**asked[0])
        began = time.perf_counter()
        for body in asked:
            assert client.chat.completions.create(**body).choices[0].message.content
        return len(asked) / (time.perf_counter() - began)


async def gathered(url: str, asked: Sequence[Body], concurrency: int, *, aiohttp: bool) -> float:
    """Requests a second of gather and a semaphore over the SDK's asynchronous client."""
    transport = openai.DefaultAioHttpClient if aiohttp else openai.DefaultAsyncHttpxClient
    slots = asyncio.Semaphore(concurrency)
    async with openai.AsyncOpenAI(base_url=url, api_key="none", http_client=transport()) as client:

        async def one(body: Body) -> None:
            async with slots:
                reply = await client.chat.completions.create(**body)
            assert reply.choices[0].message.content

        await one(asked[0])
        began = time.perf_counter()
        await asyncio.gather(*map(one, asked))
        return len(asked) / (time.perf_counter() - began)


def negdata(url: str, count: int, concurrency: int) -> tuple[float, float]:
    """Requests a second of ``negdata caption``: in the run, and by the whole command's time."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, out = Path(folder) / "corpus.jsonl", Path(folder) / "out.jsonl"
        write_corpus(corpus, count)
        options = ["--backend", "openai", "--base-url", url, "--model", "null", "--propose", "cooccurrence"]
        began = time.perf_counter()
        summary = negdata_json(
            ["caption", corpus, "-o", out, *options, "--concurrency", concurrency], Path(folder) / "cache"
        )
        whole = time.perf_counter() - began
    if summary["kept"] + summary["rejected"] != count or summary["kept"] < 0.9 * count:
        raise RuntimeError(f"the run did not go as it should: {summary}")
    return summary["requests"] / summary["seconds"], summary["requests"] / whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=6_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 32, 256])
    arguments = parser.parse_args()
    asked = bodies(arguments.requests)
    rows = []
    with null_server() as url:
        for concurrency in arguments.concurrency:
            arms: dict[str, list[float]] = {name: [] for name in ("sequential", "httpx", "aiohttp", "run", "whole")}
            for _ in range(arguments.rounds):  # in turns, so that what else the machine does meets all of them
                arms["sequential"].append(sequential(url, asked[: max(200, len(asked) // 4)]))
                arms["httpx"].append(asyncio.run(gathered(url, asked, concurrency, aiohttp=False)))
                arms["aiohttp"].append(asyncio.run(gathered(url, asked, concurrency, aiohttp=True)))
                run, whole = negdata(url, len(asked), concurrency)
                arms["run"].append(run)
                arms["whole"].append(whole)
            rate = {name: statistics.median(rates) for name, rates in arms.items()}
            best = max(rate["sequential"], rate["httpx"], rate["aiohttp"])
            rows.append([concurrency, *(f"{value:,.0f}" for value in rate.values()), f"{rate['run'] / best:.2f}"])
    print_table(
        [
            "Concurrency",
            "SDK, sequential loop",
            "SDK, gather",
            "SDK, gather, aiohttp",
            "negdata caption",
            "negdata, whole command",
            "negdata / best SDK",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
