"""Any multimodal model of the transformers library, in this process: how likely its answer is yes, or no.

One forward pass answers a batch of questions; nothing is generated. Requests that arrive while the model is at work
form the next batch, and questions of one image share what the model makes of it.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

from negdata.backends.base import BackendFailure, BackendOptions, BadReply, Refused, Reply, Request, Unavailable
from negdata.backends.batches import Batches, Waiting
from negdata.backends.vision_chat import Chats
from negdata.backends.vision_check import choose_way
from negdata.backends.vision_load import Loaded, load, require_packages
from negdata.backends.vision_reading import Question, Reader, Reading, Way
from negdata.devices import take_own_gpu
from negdata.errors import NegdataError

CHOICES = ("yes", "no")

_FORMATS = ("PNG", "JPEG", "PPM", "BMP", "WEBP")
_GIBIBYTE = 2**30


class _Closed(BaseException):
    """The backend was closed while its network was at work; no ``except Exception`` may hold it up."""


class VisionBackend:
    """A multimodal chat model by folder or hub name.

    Attributes:
        notes: what a person should know about how the model runs, one sentence each; written when it is ready, and
            when its memory didn't suffice.
    """

    name = "transformers-vision"
    cacheable = True

    def __init__(self, options: BackendOptions, *, share: bool = True, prefix_bytes: int | None = None) -> None:
        """Nothing is loaded yet.

        Args:
            share: whether the questions of an image share it, where the model allows that; the answers are the same.
            prefix_bytes: how much memory images keep between batches; None for a gibibyte, or a quarter of what is
                free on the GPU.

        Raises:
            NegdataError: no model is named, or torch or transformers is not installed.
        """
        if not options.model:
            raise NegdataError(
                "The transformers-vision backend has no default model.", "Give the hub name or the folder of a model."
            )
        require_packages()
        self.notes: list[str] = []
        self._source = options.model
        self.model = Path(options.model).name if Path(options.model).exists() else options.model
        self._batches = Batches(max(1, options.concurrency), self._answer)
        self._share = share
        self._prefix_bytes = prefix_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vision", initializer=take_own_gpu)
        self._closed = threading.Event()
        self._images: dict[bytes, Any] = {}
        self._chats: Chats | None = None
        self._reader: Reader | None = None
        self._way: Way | None = None

    async def ready(self) -> None:
        """Loads the model, and tries it on an image; NegdataError where it can't answer."""
        if self._closed.is_set():
            raise Unavailable("the model was closed")
        if self._way is not None:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        except _Closed:
            raise Unavailable("the model was closed while it was tried") from None

    async def chat(self, request: Request) -> Reply:
        """Joins the next batch; Refused for anything but yes or no about one image."""
        await self.ready()
        if len(request.images) != 1 or request.choices != CHOICES:
            raise Refused("the transformers-vision backend answers yes or no, about one image")
        return await self._batches.ask(request)

    async def close(self) -> None:
        """Stops the model at its next layer, and frees it."""
        self._closed.set()
        self._batches.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._way = self._reader = self._chats = None
        self._images = {}

    async def _answer(self, batch: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        outcomes: list[Reply | BackendFailure]
        try:
            outcomes = await loop.run_in_executor(self._thread, self._outcomes, [request for request, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except _Closed:
            outcomes = [Unavailable("the model was closed") for _ in batch]
        except Exception as error:  # every request of the batch has to hear of it
            outcomes = [BadReply(f"the model failed: {type(error).__name__}: {error}") for _ in batch]
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Reply):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)

    def _load(self) -> None:
        if self._way is not None or self._closed.is_set():
            return
        loaded = load(self._source)
        _stop_when(self._closed, loaded.network)
        chats = Chats(loaded, self._source)
        room = _room(loaded) if self._prefix_bytes is None else self._prefix_bytes
        reader = Reader(loaded, CHOICES, room)
        try:
            way, drawback = choose_way(reader, chats, share=self._share, half=loaded.dtype != "float32")
        except Exception as error:
            raise NegdataError(
                f"The model {self._source!r} can't be asked about an image: {type(error).__name__}: {error}.",
                "Give another model, or more memory if that was short.",
            ) from error
        self.notes.append(f"{self.model} runs on {_device_name(loaded)} in {loaded.dtype}.")
        if drawback is not None:
            self.notes.append(drawback)
        self._chats, self._reader, self._way = chats, reader, way

    def _outcomes(self, requests: list[Request]) -> list[Reply | BackendFailure]:
        """A reply, or why there is none, for each request; on the model's thread."""
        questions: list[Question] = []
        outcomes: dict[int, Reply | BackendFailure] = {}
        digests = {id(request.images[0]): blake2b(request.images[0]).digest() for request in requests}
        images: dict[bytes, Any] = {}
        asked: list[int] = []
        for place, request in enumerate(requests):
            digest = digests[id(request.images[0])]
            try:
                if digest not in images:
                    images[digest] = self._images.get(digest) or decoded(request.images[0])
                questions.append(self._question(request, images[digest], digest))
                asked.append(place)
            except Refused as refusal:
                outcomes[place] = refusal
        self._images = images  # an image's further questions may be in the next batch
        for place, reading in zip(asked, self._read(questions), strict=True):
            outcomes[place] = _reply(reading) if isinstance(reading, Reading) else reading
        return [outcomes[place] for place in range(len(requests))]

    def _question(self, request: Request, image: Any, digest: bytes) -> Question:
        assert self._chats is not None
        assert self._reader is not None
        try:
            text = self._chats.render(request.messages)
        except Exception as error:
            raise Refused(f"the chat template failed: {error}") from error
        if not self._reader.is_well_formed(text):
            raise Refused("the question holds what stands for an image in the model's prompts")
        return Question(text, image, digest)

    def _read(self, questions: list[Question]) -> list[Reading | BackendFailure]:
        """Readings of all; after a failure of parts, so that one bad image doesn't fail its neighbours."""
        if not questions:
            return []
        if self._closed.is_set() or self._way is None or self._reader is None:
            raise _Closed
        try:
            return list(self._way(questions))
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
            short_of_memory = isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
        # Out of the handler, where the failure no longer holds the batch's memory.
        had_prefixes = len(self._reader.prefixes) > 0
        size = 1
        if short_of_memory:
            self._reader.prefixes.clear()
            _empty_pools()
            if len(questions) == 1 and had_prefixes:
                return self._read(questions)
            size = max(1, len(questions) // 2)
            self._halved(size)
        if len(questions) == 1:
            return [Refused(f"the model can't read this image and question: {failure[:300]}")]
        parts = [questions[start : start + size] for start in range(0, len(questions), size)]
        return [outcome for part in parts for outcome in self._read(part)]

    def _halved(self, size: int) -> None:
        if size >= self._batches.most:
            return
        if not any("memory" in note for note in self.notes):
            self.notes.append("The device's memory is too small for so many questions at once: batches were halved.")
        self._batches.most = size


def decoded(encoded: bytes) -> Any:
    """The image in RGB, turned as its EXIF data says; raises Refused for what is none."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(encoded), formats=_FORMATS) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # hostile input makes decoders raise anything
        raise Refused(f"the image can't be decoded: {type(error).__name__}") from error


def _reply(reading: Reading) -> Reply | BackendFailure:
    if any(mass != mass for mass in reading.masses):
        return BadReply("the model's probabilities are no numbers")
    likeliest = max(zip(reading.masses, CHOICES, strict=True), key=lambda pair: pair[0])[1]
    return Reply(likeliest, prompt_tokens=reading.tokens, masses=reading.masses)


def _stop_when(closed: threading.Event, network: Any) -> None:
    """Has each layer of the network end its work once ``closed`` is set: a batch may take minutes without a GPU."""
    import torch

    def check(*_: object) -> None:
        if closed.is_set():
            raise _Closed

    for module in network.modules():
        if isinstance(module, torch.nn.ModuleList):
            for layer in module:
                layer.register_forward_pre_hook(check)


def _room(loaded: Loaded) -> int:
    """Bytes for images between batches."""
    import torch

    if loaded.device != "cuda":
        return _GIBIBYTE
    free: int = torch.cuda.mem_get_info()[0]
    return free // 4


def _device_name(loaded: Loaded) -> str:
    import torch

    if loaded.device == "cuda":
        return f"the GPU ({torch.cuda.get_device_name()})"
    return "the GPU (Metal)" if loaded.device == "mps" else "the CPU"


def _empty_pools() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
