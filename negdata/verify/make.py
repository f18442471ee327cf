"""Makes the verifiers that ship with negdata from what a run is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from negdata.askers import Driven
from negdata.backends import make_backend
from negdata.backends.base import BackendOptions
from negdata.backends.served import served_model
from negdata.backends.vision import VisionBackend
from negdata.errors import NegdataError
from negdata.images import TAKEN, Images, open_images
from negdata.limits import Limits
from negdata.pictures import as_jpeg, as_ppm
from negdata.prompts import load_prompt
from negdata.verify.base import Verifier
from negdata.verify.instances import Instances, InstancesVerifier
from negdata.verify.model import ModelVerifier, Thresholds
from negdata.verify.pictures import Pictures
from negdata.verify.settings import VerifySettings
from negdata.verify.spec import VerifierSpec

PRESETS = {
    "qwen-vl": "Qwen/Qwen2.5-VL-7B-Instruct",
    "llava": "llava-hf/llava-v1.6-mistral-7b-hf",
    "ollama": "qwen2.5vl:7b",
}
"""The models behind names; another of the family is named as ``qwen-vl=MODEL``."""
NO_HURRY = 86_400.0
"""Seconds for a batch of a model in this process: it answers, or it raises."""


def make_instances(spec: VerifierSpec, settings: VerifySettings, limits: Limits) -> Verifier:
    """Ground truth from ``--instances``."""
    del limits
    path = settings.instances or (Path(spec.model) if spec.model else None)
    if path is None:
        raise NegdataError(
            "The verifier instances has no file.", "Give --instances the COCO instances file of the images."
        )
    return InstancesVerifier(Instances(path))


def make_local(spec: VerifierSpec, settings: VerifySettings, limits: Limits) -> Verifier:
    """A model in this process: one of the presets, or any image-text-to-text model by path or hub name."""
    model = spec.model or settings.model or PRESETS.get(spec.name)
    if model is None:
        raise NegdataError(
            f"The verifier {spec.name} has no default model.",
            f"Write {spec.name}=MODEL, with the folder or hub name of a multimodal model.",
        )
    images = _images(settings, spec)
    if model.startswith((".", "/", "~")) and not Path(model).expanduser().exists():
        raise NegdataError(f"The model {model} doesn't exist.", "Check the path of the folder that --verifier names.")
    options = BackendOptions(model=model, concurrency=settings.batch_size, timeout=NO_HURRY, images=True)
    own = replace(limits, concurrency=settings.batch_size, timeout=NO_HURRY, rpm=None, tpm=None)
    return ModelVerifier(
        name=spec.name,
        key=spec.text,
        driven=Driven(VisionBackend(options), own),
        pictures=Pictures(images, settings.max_pixels, as_ppm),
        thresholds=Thresholds(settings.absent_below, settings.present_above),
        votes=settings.votes,
        prompt=load_prompt("verify", settings.prompts),
        structured=None,
        max_pixels=settings.max_pixels,
    )


def make_served(spec: VerifierSpec, settings: VerifySettings, limits: Limits) -> Verifier:
    """A model behind an Ollama server or one of OpenAI's protocol."""
    images = _images(settings, spec)
    if settings.api_key_env is not None and not os.environ.get(settings.api_key_env):
        raise NegdataError(
            f"The environment variable {settings.api_key_env} is not set.",
            "Set it to the key, or name another (the variable's name, never the key).",
        )
    options = BackendOptions(
        model=spec.model or settings.model or PRESETS.get(spec.name),
        base_url=settings.base_url,
        api_key_env=settings.api_key_env,
        timeout=limits.timeout,
        concurrency=limits.concurrency,
        images=True,
    )
    backend = make_backend(spec.name, options)
    if not backend.model:
        backend = make_backend(spec.name, replace(options, model=served_model(backend)))
    return ModelVerifier(
        name=spec.name,
        key=spec.text,
        driven=Driven(backend, limits),
        pictures=Pictures(images, settings.max_pixels, as_jpeg),
        thresholds=Thresholds(settings.absent_below, settings.present_above),
        votes=settings.votes,
        prompt=load_prompt("verify", settings.prompts),
        structured=load_prompt("verify-structured", settings.prompts),
        max_pixels=settings.max_pixels,
    )


def _images(settings: VerifySettings, spec: VerifierSpec) -> Images:
    if settings.images is None:
        raise NegdataError(
            f"The verifier {spec.name} looks at images, and no folder of images is named.",
            f"Give --images what the image names are relative to: {TAKEN}.",
        )
    return open_images(settings.images)
