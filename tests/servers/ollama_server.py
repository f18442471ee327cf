"""A server of Ollama's protocol in front of a real llama.cpp model, for the real ``ollama`` client.

    python -m tests.servers.ollama_server MODEL.gguf --name smollm2:135m --port 11434

It answers /api/version, /api/tags, /api/show and /api/chat (streamed or not) with Ollama's shapes and errors, and keeps
every chat request it was sent in ``requests``. Log-probabilities are the model's own, and so is its error for an image.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.servers.llama_server import start

NOW = "2025-01-01T00:00:00Z"


class OllamaServer:
    """One model under one name."""

    def __init__(self, model: Path, name: str, parallel: int = 4) -> None:
        self.name = name
        self.requests: list[dict[str, Any]] = []
        self._llama = start(model, parallel=parallel)
        self._runner: web.AppRunner | None = None

    async def listen(self, port: int = 0) -> str:
        """Starts listening; returns the address."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "0.12.11"})

    async def _tags(self, _: web.Request) -> web.Response:
        details = {"format": "gguf", "family": "llama", "parameter_size": "135M", "quantization_level": "Q4_K_M"}
        entry = {
            "name": self.name,
            "model": self.name,
            "modified_at": NOW,
            "size": 1,
            "digest": "0",
            "details": details,
        }
        return web.json_response({"models": [entry]})

    async def _show(self, request: web.Request) -> web.Response:
        asked = (await request.json()).get("model")
        if asked != self.name:
            return web.json_response({"error": f"model '{asked}' not found"}, status=404)
        about = {"general.architecture": "llama"}
        return web.json_response(
            {"details": {"format": "gguf"}, "model_info": about, "capabilities": ["completion"], "modified_at": NOW}
        )

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = await request.json()
        except json.JSONDecodeError as error:
            return web.json_response({"error": f"invalid character in JSON: {error}"}, status=400)
        self.requests.append(asked)
        if asked.get("model") != self.name:
            return web.json_response({"error": f"model '{asked.get('model')}' not found"}, status=404)
        try:
            answer = await asyncio.to_thread(self._llama.handle_chat_completions, self._translated(asked))
        except RuntimeError as error:
            return web.json_response({"error": str(error)}, status=500)
        if "error" in answer:
            return web.json_response({"error": answer["error"]["message"]}, status=answer["error"].get("code", 500))
        choice, usage = answer["choices"][0], answer["usage"]
        whole = {
            "model": self.name,
            "created_at": NOW,
            "message": {"role": "assistant", "content": choice["message"]["content"]},
            "done": True,
            "done_reason": choice["finish_reason"],
            "prompt_eval_count": usage["prompt_tokens"],
            "eval_count": usage["completion_tokens"],
        }
        if given := choice.get("logprobs"):
            whole["logprobs"] = [_place(place) for place in given["content"]]
        if asked.get("stream", True):
            return web.Response(text=json.dumps(whole) + "\n", content_type="application/x-ndjson")
        return web.json_response(whole)

    @staticmethod
    def _translated(asked: dict[str, Any]) -> dict[str, Any]:
        options = asked.get("options") or {}
        body: dict[str, Any] = {
            "messages": [{"role": m["role"], "content": _content(m)} for m in asked["messages"]],
            "temperature": options.get("temperature", 0.8),
            "top_p": options.get("top_p", 0.9),
            "max_tokens": options.get("num_predict", 128),
            "seed": options.get("seed", 0) % 2**32,
        }
        if asked.get("format"):
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "r", "schema": asked["format"]}}
        if asked.get("logprobs"):
            body |= {"logprobs": True, "top_logprobs": asked.get("top_logprobs", 0)}
        return body


def _content(message: dict[str, Any]) -> Any:
    """A message's content as OpenAI's protocol has it, its images before the text."""
    images = message.get("images")
    if not images:
        return message["content"]
    for image in images:
        base64.b64decode(image, validate=True)
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}} for image in images]
    return [*parts, {"type": "text", "text": message["content"]}]


def _place(place: dict[str, Any]) -> dict[str, Any]:
    """A token and its alternatives with the keys that Ollama gives them."""
    keys = ("token", "logprob", "bytes")
    tops = [{key: one[key] for key in keys} for one in place["top_logprobs"]]
    return {key: place[key] for key in keys} | {"top_logprobs": tops}


async def _serve(arguments: argparse.Namespace) -> None:
    server = OllamaServer(arguments.model, arguments.name)
    print(await server.listen(arguments.port), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--name", default="smollm2:135m")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args()))
