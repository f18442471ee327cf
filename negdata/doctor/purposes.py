"""Whether a command would work, told by what it needs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from negdata.backends.base import BackendOptions
from negdata.backends.gguf import MAGIC
from negdata.backends.ollama import OllamaBackend
from negdata.clip.openclip_names import PREFIX
from negdata.doctor.diagnosis import Answerer, Diagnosis, Finding, Verdict
from negdata.doctor.models import is_offline, whereabouts
from negdata.doctor.settings import DoctorSettings
from negdata.errors import NegdataError
from negdata.loops import outside_of_loops
from negdata.redact import redact
from negdata.verify import VERIFIERS, known_verifiers
from negdata.verify.make import PRESETS
from negdata.verify.spec import VerifierSpec


def judge(settings: DoctorSettings, found: Diagnosis) -> Verdict:
    """What the command needs, and whether all of it is there."""
    needs = {"caption": _caption, "filter": _filter}.get(settings.purpose or "", _clip)(settings, found)
    works = all(one.state == "ok" for one in needs)
    return Verdict(purpose=settings.purpose or "", works=works, needs=needs)


def _caption(settings: DoctorSettings, found: Diagnosis) -> list[Finding]:
    backend = _backend(found, settings.backend)
    needs = [_need(f"backend {backend.name}", backend)]
    if backend.state == "ok":
        if backend.address is not None:
            needs += _served(settings, backend, images=False)
        elif backend.name in ("llamacpp", "transformers", "vllm"):
            needs.append(_model_of(backend.name, settings.model))
    return needs


def _filter(settings: DoctorSettings, found: Diagnosis) -> list[Finding]:
    needs = [Finding(name="checks of text", state="ok", said="need nothing")]
    for text in settings.verifiers:
        spec = VerifierSpec.read(text, known_verifiers())
        model = spec.model or settings.model or PRESETS.get(spec.name)
        if spec.name == "instances":
            needs.append(Finding(name="verifier instances", state="ok", said="needs --instances with the images' file"))
        elif spec.name not in VERIFIERS:
            needs.append(Finding(name=f"verifier {spec.name}", state="ok", said="of another package"))
        elif spec.name in ("ollama", "openai"):
            backend = _backend(found, spec.name)
            needs.append(_need(f"verifier {spec.name}", backend))
            if backend.state == "ok":
                needs += _served(replace(settings, model=model), backend, images=True)
        else:
            transformers = _backend(found, "transformers")
            needs.append(_need(f"verifier {spec.name}", transformers, said="torch and transformers are there"))
            if transformers.state == "ok":
                needs.append(_model(model))
    return needs


def _clip(settings: DoctorSettings, found: Diagnosis) -> list[Finding]:
    """What ``finetune`` and ``eval`` need."""
    wants = "openclip" if (settings.model or "").startswith(PREFIX) else "train"
    extra = next(one for one in found.extras if one.name == wants)
    needs = [_need(f"packages [{wants}]", extra)]
    if extra.state == "ok":
        device = found.devices[0]
        needs.append(_need("torch", device, said=f"runs on {device.name} ({device.said}) in {device.dtype}"))
        if settings.model is not None and wants == "train":
            needs.append(_model(settings.model))
    return needs


def _backend(found: Diagnosis, name: str) -> Answerer:
    return next(one for one in found.backends if one.name == name)


def _need(name: str, finding: Finding, said: str | None = None) -> Finding:
    """A finding as a need; ``said`` is what to say of it where all is well."""
    well = finding.state == "ok"
    return Finding(name=name, state=finding.state, said=said if said and well else finding.said, mend=finding.mend)


def _served(settings: DoctorSettings, backend: Answerer, *, images: bool) -> list[Finding]:
    """Whether a server has the model, and whether it sees where it has to."""
    if backend.name == "ollama":
        return [_ollama_model(settings, backend, images=images)]
    models = backend.models or []
    if settings.model is None and len(models) != 1:
        return [
            Finding(name="model", state="broken", said="the server has several, none is named", mend="--model NAME")
        ]
    model = settings.model or models[0]
    if models and model not in models:
        said = f"the server doesn't list {model!r}"
        return [Finding(name="model", state="broken", said=said, mend=f"--model {models[0]}")]
    return [Finding(name="model", state="ok", said=model)]


def _ollama_model(settings: DoctorSettings, backend: Answerer, *, images: bool) -> Finding:
    options = BackendOptions(
        model=settings.model,
        base_url=backend.address,
        api_key_env=settings.api_key_env,
        timeout=settings.timeout,
        images=images,
    )
    asked = OllamaBackend(options)

    async def ask() -> None:
        try:
            async with asyncio.timeout(settings.timeout):
                await asked.ready()
        finally:
            await asked.close()

    try:
        outside_of_loops(lambda: asyncio.run(ask()))
    except TimeoutError:
        return Finding(name="model", state="broken", said="the server didn't say in time", mend="--timeout 30")
    except NegdataError as problem:
        mend = problem.remedy.removeprefix("Run: ")
        return Finding(name="model", state="broken", said=redact(problem.problem), mend=redact(mend))
    return Finding(name="model", state="ok", said=asked.model)


def _model_of(backend: str, model: str | None) -> Finding:
    if model is None:
        mend = "--model FILE.gguf" if backend == "llamacpp" else "--model FOLDER, or a hub name"
        return Finding(name="model", state="broken", said=f"{backend} has no default model", mend=mend)
    if backend == "llamacpp" and Path(model).expanduser().is_file():
        with Path(model).expanduser().open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                said = f"{model} is no GGUF file"
                return Finding(name="model", state="broken", said=said, mend="--model FILE.gguf")
    return _model(model.partition(":")[0] if backend == "llamacpp" else model)


def _model(model: str | None) -> Finding:
    """Where a model of this process would be taken from."""
    if model is None:
        return Finding(name="model", state="broken", said="none is named", mend="--model FOLDER, or a hub name")
    where = whereabouts(model)
    if where == "hub" and is_offline():
        said = f"{model} isn't in the hub's cache, and the hub's library is told to stay offline"
        return Finding(name="model", state="broken", said=said, mend="unset HF_HUB_OFFLINE TRANSFORMERS_OFFLINE")
    if where == "hub":
        return Finding(name="model", state="ok", said=f"{model} isn't here yet: the first run fetches it from the hub")
    if where == "nowhere":
        return Finding(
            name="model", state="broken", said=f"{model} doesn't exist", mend="--model FOLDER, or a hub name"
        )
    said = f"{model} is in the hub's cache" if where == "cached" else f"{model} is here"
    return Finding(name="model", state="ok", said=said)
