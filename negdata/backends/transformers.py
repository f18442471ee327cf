"""Any chat model of the transformers library, in this process, in batches.

Requests that arrive while the model is at work form the next batch, padded on the left. The draws of a batch follow
from the seeds of its requests, so that a batch of the same requests gives the same replies; other company may not.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from negdata.backends.base import BackendOptions, BadReply, Refused, Reply, Request
from negdata.backends.batches import Batches, Waiting
from negdata.backends.gguf import MAGIC
from negdata.backends.replies_text import json_object
from negdata.backends.schema_mask import SchemaMask, token_trie
from negdata.errors import NegdataError


class TransformersBackend:
    """A causal chat model by path (a folder or a GGUF file) or hub name."""

    name = "transformers"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        if not options.model:
            raise NegdataError(
                "The transformers backend has no default model.",
                "Give --model a hub name, the folder of a model, or a .gguf file.",
            )
        try:
            import llguidance  # noqa: F401
            import torch  # noqa: F401
            import transformers  # noqa: F401
        except ImportError as error:
            raise NegdataError(f"{error.name} is not installed.", 'Run: pip install "negdata[train]"') from error
        self._source = options.model
        self.model = Path(options.model).name if Path(options.model).exists() else options.model
        self._batches = Batches(options.concurrency, self._answer)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="transformers")
        self._tokenizer: Any = None
        self._network: Any = None
        self._trie: Any = None
        self._ends: set[int] = set()

    async def ready(self) -> None:
        """Loads the model; NegdataError where transformers can't."""
        if self._network is None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._load)

    async def chat(self, request: Request) -> Reply:
        """Joins the next batch."""
        await self.ready()
        if request.images:
            raise Refused("the transformers backend takes no images")
        return await self._batches.ask(request)

    async def close(self) -> None:
        """Frees the model."""
        self._batches.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._network = self._tokenizer = self._trie = None

    async def _answer(self, batch: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        try:
            replies = await loop.run_in_executor(self._thread, self._generate, [request for request, _ in batch])
        except Exception as error:  # every request of the batch has to hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(BadReply(f"the model failed: {type(error).__name__}: {error}"))
            return
        for (request, future), (text, asked, written, whole) in zip(batch, replies, strict=True):
            if future.done():
                continue
            try:
                if not whole:
                    raise BadReply("the reply was cut off at its longest")
                read = json_object(text) if request.schema is not None else text
                future.set_result(Reply(read, asked, written))
            except BadReply as error:
                future.set_exception(error)

    def _load(self) -> None:
        import torch
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.float32
        if device == "cuda":
            dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        where, arguments = _location(self._source)
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(where, **arguments)
            network = transformers.AutoModelForCausalLM.from_pretrained(where, dtype=dtype, **arguments)
        except Exception as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise NegdataError(
                f"The model {self._source!r} can't be loaded: {first[:300]}",
                "Give --model a hub name that can be reached, the folder of a chat model, or a .gguf file.",
            ) from error
        if tokenizer.chat_template is None:
            raise NegdataError(
                f"The model {self._source!r} has no chat template.", "Give an instruction-tuned chat model."
            )
        tokenizer.padding_side = "left"
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        self._tokenizer = tokenizer
        self._network = network.to(device).eval()
        self._ends = _end_tokens(network, tokenizer)
        self._trie = token_trie(tokenizer, network.get_output_embeddings().weight.shape[0], self._ends)

    def _generate(self, requests: list[Request]) -> list[tuple[str, int, int, bool]]:
        """Text, prompt tokens, reply tokens, and whether the reply came to its end, for each request."""
        import torch

        tokenizer, network = self._tokenizer, self._network
        chats = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
        texts = tokenizer.apply_chat_template(chats, tokenize=False, add_generation_prompt=True)
        batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(network.device)
        sampling = requests[0].sampling
        most = max(request.sampling.max_tokens for request in requests)
        drawn: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if sampling.temperature > 0:
            drawn = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
        seeds = ",".join(str(request.seed) for request in requests)
        torch.manual_seed(int.from_bytes(hashlib.blake2b(seeds.encode(), digest_size=7).digest(), "big"))
        if self._trie is not None:
            schemas = [request.schema for request in requests]
            drawn["logits_processor"] = [SchemaMask(self._trie, schemas, tokenizer.pad_token_id)]
        with torch.inference_mode():
            out = network.generate(**batch, max_new_tokens=most, pad_token_id=tokenizer.pad_token_id, **drawn)
        width = batch["input_ids"].shape[1]
        replies = []
        for row, mask in zip(out[:, width:].tolist(), batch["attention_mask"], strict=True):
            end = next((place for place, token in enumerate(row) if token in self._ends), None)
            written = row if end is None else row[:end]
            text = tokenizer.decode(written, skip_special_tokens=True)
            replies.append((text, int(mask.sum()), len(written), end is not None))
        return replies


def _location(source: str) -> tuple[str, dict[str, Any]]:
    """Where transformers is to look, and how; it never runs code that comes with a model."""
    arguments: dict[str, Any] = {"trust_remote_code": False}
    path = Path(source).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != MAGIC:
            raise NegdataError(
                f"{path} is no GGUF model: it begins with {magic!r}.", "Give a .gguf file or the folder of a model."
            )
        return str(path.parent), arguments | {"gguf_file": path.name}
    if path.is_dir():
        return str(path), arguments
    if path.suffix == ".gguf" or path.is_absolute():
        raise NegdataError(f"The model {path} doesn't exist.", "Check --model.")
    return source, arguments


def _end_tokens(network: Any, tokenizer: Any) -> set[int]:
    ends: set[int] = set()
    configured = None
    with suppress(AttributeError):
        configured = network.generation_config.eos_token_id
    for token in (configured, tokenizer.eos_token_id):
        if isinstance(token, list):
            ends.update(token)
        elif token is not None:
            ends.add(token)
    return ends
