"""How a caption run is set up, wherever it runs: backend, source, steps, and the settings that shape records."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from negdata.backends import make_backend
from negdata.backends.base import Backend, BackendOptions
from negdata.backends.served import served_model
from negdata.caption.candidates import Choice
from negdata.caption.object_list import ObjectList
from negdata.caption.questions import QuestionSource
from negdata.caption.settings import CaptionSettings
from negdata.caption.steps import Steps
from negdata.errors import NegdataError
from negdata.exclusion import Exclusion
from negdata.prompts import load_prompt
from negdata.shards import shard_identity
from negdata.sources import Columns, Source, open_source
from negdata.sources.vqa import read_answered_no
from negdata.verify import Verifier, any_knows
from negdata.vocabulary import data_digest, vocabulary

OnRows = Callable[[int], None]


def backend_of(settings: CaptionSettings) -> Backend:
    """What the settings have asked; raises NegdataError where it lacks a key, a package or a model."""
    if settings.api_key_env is not None and not os.environ.get(settings.api_key_env):
        raise NegdataError(
            f"The environment variable {settings.api_key_env} is not set.",
            "Set it to the key, or name another with --api-key-env (the variable's name, never the key).",
        )
    return make_backend(
        settings.backend,
        BackendOptions(
            model=settings.model,
            base_url=settings.base_url,
            api_key_env=settings.api_key_env,
            timeout=settings.timeout,
            concurrency=settings.concurrency,
        ),
    )


def named_model(settings: CaptionSettings) -> tuple[CaptionSettings, Backend]:
    """The backend, and the settings with the name of its model, which its server may have to tell."""
    backend = backend_of(settings)
    if backend.model:
        return settings, backend
    settings = replace(settings, model=served_model(backend))
    return settings, backend_of(settings)


def steps_of(
    settings: CaptionSettings, backend: Backend | None, verifiers: tuple[Verifier, ...], exclusion: Exclusion
) -> Steps:
    """The steps that the settings ask for; without a backend, as an estimate needs them."""
    return Steps(
        backend=backend.name if backend else settings.backend,
        model=backend.model if backend else settings.model or "",
        pipeline=settings.pipeline,
        proposer=settings.proposer,
        choices=settings.candidates > 0,
        write="rewrite" in settings.steps,
        contrast=settings.contrast,
        tries=settings.tries,
        seed=settings.seed,
        temperature=settings.temperature,
        top_p=settings.top_p,
        propose=load_prompt("propose", settings.prompts),
        rewrite=load_prompt("rewrite", settings.prompts),
        contrast_prompt=load_prompt("contrast", settings.prompts),
        names_prompt=settings.backend != "rules",
        question=load_prompt("question", settings.prompts),
        standalone=settings.standalone,
        verifiers=verifiers,
        exclusion=exclusion,
    )


def allowed(settings: CaptionSettings, verifiers: tuple[Verifier, ...], objects: ObjectList | None) -> Choice:
    """What may be proposed: listed objects, or all, of which some verifier can tell that they are absent."""
    known = vocabulary().entries
    told = frozenset(name for name in known if any_knows(verifiers, name)) if verifiers else frozenset(known)
    if objects is not None:
        told &= objects.known
    return Choice(None if len(told) == len(known) else told, settings.likely)


def is_evened(settings: CaptionSettings) -> bool:
    """Whether each of the listed objects is to be proposed about as often."""
    return settings.objects is not None and settings.proposer is not None and settings.pipeline != "random"


def source_of(settings: CaptionSettings, on_rows: OnRows | None) -> Source:
    """The rows to caption; raises NegdataError where they can't be read."""
    captions = None
    if settings.source is not None:
        captions = open_source(
            settings.source,
            source_format=settings.source_format,
            columns=Columns(settings.image_column, settings.caption_column),
        )
    if settings.vqa_questions is None or settings.vqa_annotations is None:
        assert captions is not None  # CaptionSettings refuses the rest
        return captions
    return QuestionSource(
        read_answered_no(settings.vqa_questions, settings.vqa_annotations, min_agreement=settings.min_agreement),
        captions,
        per_image=settings.per_image,
        standalone=settings.standalone,
        bad_rows=settings.bad_rows,
        on_rows=on_rows,
    )


def identity_of(
    settings: CaptionSettings, source: Source, steps: Steps, backend: Backend, objects: ObjectList | None
) -> dict[str, JsonValue]:
    """The settings that shape records; a run may only go on under the same ones."""
    asks = steps.names_prompt
    return {
        "source": str(settings.source) if settings.source is not None else None,
        "source_digest": source.digest(),
        "source_format": source.format,
        "offset": settings.offset,
        **shard_identity(settings.shard),
        "backend": backend.name,
        "model": backend.model,
        "base_url": settings.base_url,
        "pipeline": settings.pipeline,
        "propose": steps.proposer,
        "candidates": settings.candidates,
        "steps": ",".join(step for step in ("propose", "rewrite") if step in settings.steps),
        "contrast": settings.contrast,
        "tries": settings.tries,
        "seed": settings.seed,
        "temperature": settings.temperature if asks else None,
        "top_p": settings.top_p if asks else None,
        "prompts": [steps.propose.id, steps.rewrite.id, steps.contrast_prompt.id] if asks else None,
        "vocabulary": data_digest(),
        **({} if objects is None else {"objects": ",".join(sorted(objects.known))}),
        **({"likely": True} if settings.likely else {}),
        **(_question_identity(settings, steps) if settings.pipeline == "vqa" else {}),
        **(_verify_identity(settings, steps) if steps.verifiers else {}),
        **steps.exclusion.identity(),
    }


def _question_identity(settings: CaptionSettings, steps: Steps) -> dict[str, JsonValue]:
    return {
        "min_agreement": settings.min_agreement,
        "per_image": settings.per_image,
        "standalone": settings.standalone,
        "question_prompt": steps.question.id if steps.names_prompt else None,
    }


def _verify_identity(settings: CaptionSettings, steps: Steps) -> dict[str, JsonValue]:
    return {
        "images": str(settings.verify.images) if settings.verify.images is not None else None,
        "verify": [verifier.identity() for verifier in steps.verifiers],
    }
