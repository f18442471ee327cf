"""``negdata.doctor(...)``: what works on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from negdata.api.values import as_names
from negdata.doctor import Diagnosis, DoctorSettings, diagnose


def doctor(
    *,
    for_: str | None = None,
    backend: str = "rules",
    model: str | None = None,
    base_url: str | None = None,
    api_key_env: str | None = None,
    verifier: str | Sequence[str] = "",
    timeout: float = 3.0,
    on_step: Callable[[str], None] | None = None,
) -> Diagnosis:
    """Says what works on this machine, as ``negdata doctor`` does.

    Args:
        for_: The command that should work: caption, filter, finetune or eval. Default: none in particular.
        backend: rules (embedded: no model, no network), ollama, openai (any server of that protocol), llamacpp or
            transformers (in this process), vllm (started for the run, on a GPU).
        model: The model that should be there: of the backend or verifier, or a CLIP. Default: its own.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        verifier: Verifiers, in turn, separated by commas: instances (ground truth), qwen-vl, llava, the path or hub
            name of any multimodal model, ollama, openai; NAME=MODEL names the model. Default: none; the text alone is
            checked.
        timeout: Seconds for one request.
        on_step: told what is being looked at.

    Returns:
        What was found; ``wanted.works`` says whether the command of ``for_`` will work.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return diagnose(
        DoctorSettings(
            purpose=for_,
            backend=backend,
            verifiers=as_names(verifier),
            model=model,
            base_url=base_url,
            api_key_env=api_key_env,
            timeout=timeout,
        ),
        on_step=on_step,
    )
