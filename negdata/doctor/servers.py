"""Asks the servers behind backends what models they have: all at once, none for longer than it may take."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from negdata.backends.base import BackendOptions
from negdata.backends.ollama import DEFAULT_HOST, DEFAULT_MODEL, OllamaBackend
from negdata.backends.openai import KEY_VARIABLE, OpenAIBackend
from negdata.doctor.diagnosis import Answerer
from negdata.doctor.settings import DoctorSettings
from negdata.errors import NegdataError
from negdata.interrupts import close_loop
from negdata.loops import outside_of_loops
from negdata.redact import redact

OPENAI_ADDRESS = "https://api.openai.com/v1"


def ask_servers(settings: DoctorSettings) -> list[Answerer]:
    """Ollama, and the server of OpenAI's protocol."""
    with suppress(ValueError):  # it reads OLLAMA_HOST; the backend will say what is wrong with that
        import ollama  # noqa: F401  that takes its time, and the servers' has not begun
    if _openai_address(settings) is not None:
        import openai  # noqa: F401
    return outside_of_loops(lambda: _asked((_ollama(settings), _openai(settings))))


def _asked(questions: Sequence[Coroutine[Any, Any, Answerer]]) -> list[Answerer]:
    async def together() -> list[Answerer]:
        return list(await asyncio.gather(*questions))

    # Not asyncio.run: it waits for the thread that looks up a host's name, however long that takes.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(together())
    finally:
        close_loop(loop)


async def _ollama(settings: DoctorSettings) -> Answerer:
    ours = settings.asks_ollama
    address = (settings.base_url if ours else None) or os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
    options = BackendOptions(
        base_url=address, api_key_env=settings.api_key_env if ours else None, timeout=settings.timeout
    )

    async def ask() -> Answerer:
        backend = OllamaBackend(options)
        try:
            models = await backend.listed()
        finally:
            await backend.close()
        found = Answerer(name="ollama", state="ok", said=_count(models), address=address, models=models)
        if models:
            return found
        return found.model_copy(update={"state": "absent", "mend": f"ollama pull {DEFAULT_MODEL}"})

    found = await _within(ask(), "ollama", address, settings.timeout)
    if found.state == "broken" and found.said.startswith("No Ollama server"):
        # Nothing is wrong where nobody said that there is one.
        said_where = bool(os.environ.get("OLLAMA_HOST")) or (ours and settings.base_url is not None)
        found.state = "broken" if said_where else "absent"
        found.mend = "ollama serve" if shutil.which("ollama") else "install Ollama from ollama.com, then: ollama serve"
    return found


async def _openai(settings: DoctorSettings) -> Answerer:
    named, variable = _openai_key(settings)
    address = _openai_address(settings)
    if address is None:
        return Answerer(
            name="openai",
            state="absent",
            said=f"no address is given, and {variable} holds no key for api.openai.com",
            mend="export OPENAI_BASE_URL=http://localhost:8000/v1",
        )
    options = BackendOptions(base_url=address, api_key_env=named, timeout=settings.timeout)

    async def ask() -> Answerer:
        backend = OpenAIBackend(options)
        try:
            models = await backend.listed()
        finally:
            await backend.close()
        if models is None:
            said = "something answers there, and gives no list of models as OpenAI's protocol has it"
            mend = "check the address (it mostly ends in /v1), and name a model with --model"
            return Answerer(name="openai", state="broken", said=said, mend=mend, address=options.base_url)
        return Answerer(name="openai", state="ok", said=_count(models), address=options.base_url, models=models)

    return await _within(ask(), "openai", address, settings.timeout)


def _openai_key(settings: DoctorSettings) -> tuple[str | None, str]:
    """The variable that holds the key as it is named, and as it is looked for."""
    named = None if settings.asks_ollama else settings.api_key_env
    return named, named or KEY_VARIABLE


def _openai_address(settings: DoctorSettings) -> str | None:
    """Where the server is; None where there is none to be asked."""
    given = None if settings.asks_ollama else settings.base_url
    _, variable = _openai_key(settings)
    return given or os.environ.get("OPENAI_BASE_URL") or (OPENAI_ADDRESS if os.environ.get(variable) else None)


async def _within(ask: Coroutine[Any, Any, Answerer], name: str, address: str, seconds: float) -> Answerer:
    """The answer, or what came of asking; an address is shown without a password that it may hold."""
    shown = address.rpartition("@")[2] if "@" in address else address
    try:
        async with asyncio.timeout(seconds):
            found = await ask
    except TimeoutError:
        said, mend = (
            f"no answer from {shown} within {seconds:g} s",
            "check the address; a slow one gets more by --timeout 30",
        )
    except NegdataError as problem:
        said, mend = problem.problem, problem.remedy
    else:
        found.address = shown
        return found
    return Answerer(name=name, state="broken", said=redact(said), mend=redact(mend), address=shown)


def _count(models: list[str]) -> str:
    if not models:
        return "answers, and has no model"
    return "1 model" if len(models) == 1 else f"{len(models)} models"
