"""Loads a multimodal model of the transformers library: its network, its processor, where it runs and how exactly."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negdata.devices import best_device, best_dtype
from negdata.errors import NegdataError

_SEEING = "Give one that sees images, such as Qwen/Qwen2.5-VL-7B-Instruct or llava-hf/llava-v1.6-mistral-7b-hf."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready to be asked.

    Attributes:
        network: a model with a language head, in evaluation mode.
        processor: what turns a chat and an image into the network's inputs.
        tokenizer: the processor's own; it pads on the left.
        device: ``cuda``, ``mps`` or ``cpu``.
        dtype: the name of the network's number format, such as ``bfloat16``.
    """

    network: Any
    processor: Any
    tokenizer: Any
    device: str
    dtype: str


def require_packages() -> None:
    """Raises NegdataError where torch or transformers is not installed."""
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise NegdataError(f"{error.name} is not installed.", 'Run: pip install "negdata[train]"') from error


def load(source: str) -> Loaded:
    """Loads the model of this folder or hub name; no code that comes with a model is run, no pickle is read.

    Raises:
        NegdataError: the path doesn't exist or holds no model, the hub can't be reached, or the model sees no images.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    where = _location(source)
    config = _config(source, where)
    processor = _processor(source, where, config)
    device = best_device()
    dtype = best_dtype(device)
    try:
        network, report = transformers.AutoModelForImageTextToText.from_pretrained(
            where, dtype=dtype, trust_remote_code=False, weights_only=True, output_loading_info=True
        )
        network = network.to(device).eval()
    except Exception as error:
        raise _unloadable(source, error) from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise NegdataError(
            f"The model {source!r} lacks {len(missing)} of its weights, {missing[0]} among them.", "Fetch it again."
        )
    tokenizer = processor.tokenizer
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Loaded(network, processor, tokenizer, device, str(dtype).removeprefix("torch."))


def _location(source: str) -> str:
    path = Path(source).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise NegdataError(f"The folder {path} holds no model: it has no config.json.", "Check --model.")
        return str(path)
    if path.exists():
        raise NegdataError(f"{path} is a file.", "Give the folder of a model, or its hub name.")
    if path.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        raise NegdataError(f"The model {path} doesn't exist.", "Check --model.")
    return source


def _config(source: str, where: str) -> Any:
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING as SEEING

    try:
        config = transformers.AutoConfig.from_pretrained(where, trust_remote_code=False)
    except OSError as error:
        if Path(where).is_dir():
            raise _unloadable(source, error) from error
        raise NegdataError(
            f"The model {source!r} is neither a folder here nor can it be fetched from the hub.",
            "Check the name and the network, or give the folder of a model.",
        ) from error
    except Exception as error:
        raise _unloadable(source, error) from error
    if type(config) not in SEEING:
        raise NegdataError(f"The model {source!r} ({config.model_type}) can't see images.", _SEEING)
    return config


def _processor(source: str, where: str, config: Any) -> Any:
    import transformers

    processor: Any = None
    failure: Exception | None = None
    try:
        processor = transformers.AutoProcessor.from_pretrained(where, trust_remote_code=False)
    except Exception as error:
        failure = error
    if failure is not None and "torchvision" in str(failure).lower():
        try:
            processor = _without_videos(where, type(config))
        except Exception as error:
            failure = error
    if isinstance(failure, ImportError) and processor is None:
        raise NegdataError(
            f"The image processor of {source!r} needs a package: {_first_line(failure)}", "Install that package."
        ) from failure
    if getattr(processor, "image_processor", None) is None or getattr(processor, "tokenizer", None) is None:
        raise NegdataError(
            f"The model {source!r} has no image processor that can be loaded.",
            "Its folder needs preprocessor_config.json and the tokenizer's files as published.",
        ) from failure
    # Older LLaVA checkpoints say in their config alone how many tokens an image takes.
    if getattr(processor, "patch_size", 0) is None:
        processor.patch_size = config.vision_config.patch_size
        processor.vision_feature_select_strategy = config.vision_feature_select_strategy
        processor.num_additional_image_tokens = 1
    return processor


def _without_videos(where: str, config: type[Any]) -> Any:
    """The processor of a checkpoint less its video processor, which would want torchvision."""
    import transformers
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    published = PROCESSOR_MAPPING[config]
    named = set(inspect.signature(published.__init__).parameters)

    # What a processor holds is read off the names of the arguments of its __init__.
    class Stills(published):  # type: ignore[misc, valid-type]
        def __init__(self, image_processor: Any, tokenizer: Any, **options: Any) -> None:
            super().__init__(image_processor=image_processor, tokenizer=tokenizer, video_processor=None, **options)

    written, _ = published.get_processor_dict(where)
    return Stills(
        transformers.AutoImageProcessor.from_pretrained(where, trust_remote_code=False),
        transformers.AutoTokenizer.from_pretrained(where, trust_remote_code=False),
        **{name: value for name, value in written.items() if name in named and not name.endswith("_processor")},
    )


def _unloadable(source: str, error: Exception) -> NegdataError:
    return NegdataError(
        f"The model {source!r} can't be loaded: {_first_line(error)}",
        "Give --model a hub name that can be reached, or the folder of a model that sees images.",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
