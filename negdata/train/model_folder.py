"""A model as a folder of the transformers library, for ``from_pretrained`` and for every command of negdata."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from negdata.clip.bpe import openai_tokenizer
from negdata.clip.checkpoint import QUICK_GELU
from negdata.clip.encoder import TorchEncoder
from negdata.clip.openclip_names import PREFIX
from negdata.clip.preprocessing import Preprocessing
from negdata.clip.saving import save_tensors
from negdata.clip.transformers_folder import fetched
from negdata.clip.transformers_processor import PROCESSOR_FILES, TOKENIZER_FILES
from negdata.errors import NegdataError
from negdata.sources.base import read_bytes
from negdata.whole_files import write_error, write_whole

WEIGHTS = "model.safetensors"
_CONFIG = "config.json"
_MOST_BYTES = 256 << 20
"""Of a tokenizer's file; the largest have some ten million."""
_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


def write_model_folder(encoder: TorchEncoder, folder: Path, *, source: str) -> None:
    """Writes config, tokenizer, image processor and weights; each file takes the old one's place whole.

    Args:
        encoder: a CLIP of the transformers library, as ``as_transformers`` gives it.
        folder: is made where it isn't there; files of other names in it stay.
        source: what the encoder was loaded from. The tokenizer and the image processor of a folder are kept as they
            are; for anything else OpenAI's tokenizer is written, and a processor that prepares as the encoder does.

    Raises:
        NegdataError: a file can't be written, or the source's can't be read any more.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    kept = _kept_from(source)
    files = _files_of(kept) if kept is not None else _made(encoder)
    # What an earlier model left would be read with the new one's files.
    for name in (*TOKENIZER_FILES, *PROCESSOR_FILES):
        if name not in files:
            _remove(folder / name)
    for name, content in files.items():
        write_whole(folder / name, content)
    write_whole(folder / _CONFIG, _config(encoder))
    _write_weights(encoder, folder / WEIGHTS)


def _kept_from(source: str) -> Path | None:
    """The folder whose tokenizer and image processor are the model's own; None where there is none."""
    path = Path(source).expanduser()
    if source.startswith(PREFIX) or path.is_file():
        return None
    return path if path.is_dir() else fetched(source)


def _files_of(folder: Path) -> dict[str, bytes]:
    found = {}
    for name in (*TOKENIZER_FILES, *PROCESSOR_FILES):
        file = folder / name
        if not file.is_file():
            continue
        if file.stat().st_size > _MOST_BYTES:
            raise NegdataError(
                f"{file} has {file.stat().st_size:,} bytes; at most {_MOST_BYTES:,} are read.", "Fetch the model again."
            )
        found[name] = read_bytes(file)
    return found


def _made(encoder: TorchEncoder) -> dict[str, bytes]:
    context = encoder.model.config.text_config.max_position_embeddings
    with TemporaryDirectory() as folder:
        openai_tokenizer().save_pretrained(folder)
        files = {file.name: file.read_bytes() for file in Path(folder).iterdir() if file.name in TOKENIZER_FILES}
    said = orjson.loads(files["tokenizer_config.json"])
    said |= {"model_max_length": context, "processor_class": "CLIPProcessor"}
    files["tokenizer_config.json"] = _json({key: value for key, value in said.items() if key != "name_or_path"})
    return files | {PROCESSOR_FILES[0]: _json(_processor(encoder.preprocessing))}


def _processor(preprocessing: Preprocessing) -> dict[str, Any]:
    """A ``CLIPImageProcessor`` in the form that every version of the library reads."""
    square = {"height": preprocessing.size, "width": preprocessing.size}
    crops = preprocessing.fit == "crop"
    if preprocessing.fit == "pad":
        raise NegdataError(
            "The model pads its pictures, which the transformers library's image processor for CLIP can't.",
            "Load it with the preprocessing that is its own.",
        )
    return {
        "image_processor_type": "CLIPImageProcessor",
        "processor_class": "CLIPProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": preprocessing.short or preprocessing.size} if crops else square,
        "resample": _FILTERS[preprocessing.resample],
        "do_center_crop": crops,
        "crop_size": square,
        "do_rescale": True,
        "rescale_factor": 1 / preprocessing.divisor,
        "do_normalize": True,
        "image_mean": list(preprocessing.mean),
        "image_std": list(preprocessing.std),
    }


def _config(encoder: TorchEncoder) -> bytes:
    config = deepcopy(encoder.model.config)
    config.architectures = [type(encoder.model).__name__]
    for part in (config, config.text_config, config.vision_config):
        part._name_or_path = ""  # where it lay on the machine that it was loaded on
    with TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        return (Path(folder) / _CONFIG).read_bytes()


def _write_weights(encoder: TorchEncoder, path: Path) -> None:
    quick = encoder.model.config.text_config.hidden_act == "quick_gelu"
    save_tensors(path, encoder.model.state_dict(), {QUICK_GELU: str(quick).lower()})


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def _json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
