"""open_clip and OpenAI's own code for the tests that compare with them, in a folder of their own: tests/.openclip.

    python -m tests.openclip

Both need torchvision, whose operators are built for one build of torch and fail beside any other; a torchvision that
fails would fail transformers as well. So none of them is installed into the environment: what needs them runs in a
process of its own that has the folder on its path (``worker``), and there, where the operators are missing, they are
declared without being defined. Neither uses any of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / ".openclip"
PACKAGES = (
    *("open-clip-torch==3.3.0", "torchvision==0.28.0", "timm==1.0.31", "ftfy==6.3.1", "wcwidth==0.9.4"),
    "openai-clip==1.0.1",
)
# The operators that torchvision names when it is imported.
_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def fetch() -> Path:
    """Installs the packages into the folder, unless it holds these very versions."""
    done = FOLDER / "installed.json"
    if not done.is_file() or json.loads(done.read_text()) != list(PACKAGES):
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--upgrade", "--target", str(FOLDER)]
        subprocess.run([*command, *PACKAGES], check=True)
        done.write_text(json.dumps(PACKAGES))
    return FOLDER


def available() -> None:
    """Skips the test where open_clip was not fetched."""
    if not (FOLDER / "installed.json").is_file():
        pytest.skip("needs open_clip: run `python -m tests.openclip`")


def worker(module: str, *arguments: str | Path, timeout: float = 300) -> str:
    """What a module of the tests prints, run beside open_clip; skips the test where that was not fetched."""
    available()
    path = os.pathsep.join([str(ROOT.parent), str(FOLDER)])
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT.parent,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ready() -> Any:
    """The open_clip module, in a process of ``worker``."""
    _declare_operators()
    import open_clip

    return open_clip


def openai_clip() -> Any:
    """OpenAI's own module ``clip``, in a process of ``worker``."""
    _declare_operators()
    if "pkg_resources" not in sys.modules and find_spec("pkg_resources") is None:
        # Setuptools no longer has it. All that clip takes from it is the package packaging, which is here by itself.
        import packaging.version

        stand_in: Any = ModuleType("pkg_resources")
        stand_in.packaging = packaging
        sys.modules["pkg_resources"] = stand_in
    import clip

    return clip


def _declare_operators() -> None:
    """Declares the operators that a torchvision built for another torch lacks."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for operator in _OPERATORS:
            library.define(operator + _SIGNATURE)
        ready.__dict__["library"] = library  # it defines them as long as it lives
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]


if __name__ == "__main__":
    print(fetch())
