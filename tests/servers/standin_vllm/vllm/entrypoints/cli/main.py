"""``vllm serve MODEL --uds SOCKET``."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from tests.servers.null_server import NullProtocol

SHORT_OF_MEMORY = """\
(EngineCore pid=7) ERROR 11-28 17:59:44 [core.py:1584] EngineCore failed to start.
(EngineCore pid=7) ERROR 11-28 17:59:44 [core.py:1584] Traceback (most recent call last):
(EngineCore pid=7) ERROR 11-28 17:59:44 [core.py:1584]   File "torch/nn/modules/module.py", line 1, in forward
(EngineCore pid=7) ERROR 11-28 17:59:44 [core.py:1584] torch.OutOfMemoryError: CUDA out of memory. Tried 9 GiB.
(APIServer pid=6) Traceback (most recent call last):
(APIServer pid=6) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
"""


class Dying(NullProtocol):
    """Ends with the first request that isn't for the list of models."""

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):
            print("torch.AcceleratorError: CUDA error: device-side assert triggered", file=sys.stderr, flush=True)
            os._exit(1)
        super().data_received(data)


async def serve(model: str, socket: str) -> None:
    """Serves until the process is ended."""
    protocol = Dying if "dies" in model else NullProtocol
    server = await asyncio.get_running_loop().create_unix_server(lambda: protocol(None, 0.0, None), socket)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    assert arguments[0] == "serve"
    name = arguments[1]
    if "large" in name:
        sys.exit(SHORT_OF_MEMORY)
    if "nowhere" in name:
        sys.exit("OSError: it is not a local folder and is not a valid model identifier listed on the hub")
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "an engine core", name])
    asyncio.run(serve(name, arguments[arguments.index("--uds") + 1]))
