"""vLLM, started by this process for itself: on a cluster each worker has an engine of its own, on a GPU of its own.

It is vLLM's own server, on a socket that only this user can open. That is the interface which vLLM keeps stable, and
the engine is in processes of its own in any case, which a worker that is killed would leave behind with its GPU.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from negdata.backends.base import BackendOptions, Reply, Request, Unavailable
from negdata.backends.openai import OpenAIBackend
from negdata.backends.vllm_log import why_it_ended
from negdata.errors import NegdataError
from negdata.own_process import OwnProcess

_POLL_SECONDS = 0.2
_QUIET = {
    # Asked of nobody: a tool that is run on people's data tells no one of it.
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_COLOR": "0",
}


class VllmBackend:
    """A chat model by folder or hub name, on the GPU that this process may use."""

    name = "vllm"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        """Nothing is started yet; raises NegdataError where no model is named, or vLLM isn't installed."""
        if not options.model:
            raise NegdataError("The vllm backend has no default model.", "Give --model a hub name or a folder.")
        if find_spec("vllm") is None:
            raise NegdataError("vllm is not installed.", 'Run: pip install "negdata[vllm]"')
        self._source = _location(options.model)
        self.model = Path(self._source).name if Path(self._source).is_dir() else options.model
        self._options = options
        self._folder: Path | None = None
        self._process: OwnProcess | None = None
        self._asked: OpenAIBackend | None = None
        self._starting = asyncio.Lock()

    async def ready(self) -> None:
        """Starts vLLM and waits until the model is loaded, which may take minutes; NegdataError where it can't be."""
        async with self._starting:
            if self._asked is not None:
                return
            folder = self._folder = Path(tempfile.mkdtemp(prefix="negdata-vllm-"))
            process = self._process = OwnProcess(
                serve_command(self._source, self.model, folder / "socket", self._options.concurrency),
                environment=os.environ | _QUIET,
                log=folder / "log",
                folder=folder,
            )
            asked = _Served(self._options, self.model, folder / "socket")
            try:
                while not await asked.answers():
                    if process.has_ended:
                        raise self._ended()
                    await asyncio.sleep(_POLL_SECONDS)
            except BaseException:
                await asked.close()
                raise
            self._asked = asked

    async def chat(self, request: Request) -> Reply:
        """One chat completion; NegdataError where vLLM is gone, as it would be for every further one."""
        await self.ready()
        if self._asked is None or self._process is None:
            raise Unavailable("vLLM was closed")
        try:
            return await self._asked.chat(request)
        except Unavailable:
            if self._process.has_ended:
                raise self._ended() from None
            raise

    async def close(self) -> None:
        """Ends vLLM, which frees the GPU."""
        if self._asked is not None:
            await self._asked.close()
        self._asked = None
        if self._process is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._process.stop)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._folder = None

    def _ended(self) -> NegdataError:
        assert self._folder is not None
        log = self._folder / "log"
        said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        return why_it_ended(said, self._source)


def serve_command(source: str, model: str, socket: Path, concurrency: int) -> list[str]:
    """How vLLM's server is started.

    Args:
        source: a folder or hub name.
        model: what the model is called in requests.
        socket: where it listens.
        concurrency: requests that it works on at once.
    """
    return [
        # -P: a folder named vllm where the command is given isn't it.
        *(sys.executable, "-P", "-m", "vllm.entrypoints.cli.main", "serve", source),
        *("--served-model-name", model),
        *("--uds", str(socket)),
        *("--max-num-seqs", str(max(1, concurrency))),
        # As long as the memory allows: many models are made for contexts that no caption needs and no GPU holds.
        *("--max-model-len", "auto"),
        # Draws are as --temperature and --top-p say, whatever the model's makers recommend.
        *("--generation-config", "vllm"),
        *("--disable-uvicorn-access-log", "--disable-log-stats"),
        # Half precision is slow there, and a model is compiled for longer than small runs take.
        *(("--dtype", "float32", "--enforce-eager") if _runs_on_processor() else ()),
    ]


def _runs_on_processor() -> bool:
    """Whether this vLLM was built for none but the processor, which its version says."""
    try:
        return "cpu" in metadata.version("vllm")
    except metadata.PackageNotFoundError:
        return False


class _Served(OpenAIBackend):
    """What asks the server of ``VllmBackend``."""

    def __init__(self, options: BackendOptions, model: str, socket: Path) -> None:
        own = BackendOptions(
            model=model,
            base_url="http://vllm/v1",
            timeout=options.timeout,
            concurrency=options.concurrency,
            images=options.images,
        )
        super().__init__(own, socket=socket)

    async def answers(self) -> bool:
        """Whether it is up."""
        try:
            return await self.listed() is not None
        except NegdataError:
            return False

    def _address(self) -> str:
        return "vLLM"


def _location(model: str) -> str:
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise NegdataError(f"The folder {path} holds no model: it has no config.json.", "Check --model.")
        return str(path.resolve())
    if path.is_file():
        raise NegdataError(
            f"{path} is a file.", "Give vllm the folder of a model or its hub name; llamacpp runs a .gguf file."
        )
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise NegdataError(f"The model {path} doesn't exist.", "Check --model.")
    return model
