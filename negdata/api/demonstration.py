"""``negdata.demo(...)``: the whole way, from nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from negdata.api.values import StrPath, as_path
from negdata.demo import DemoReport, DemoSettings, Step, run_demo
from negdata.progress import Progress


def demo(
    *,
    out: StrPath = Path("negdata-demo"),
    backend: str = "rules",
    model: str | None = None,
    base_url: str | None = None,
    api_key_env: str | None = None,
    scenes: int = 1_200,
    seed: int = 0,
    fresh: bool = False,
    on_step: Callable[[Step], None] | None = None,
    on_told: Callable[[Sequence[str]], None] | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> DemoReport:
    """Goes the whole way in a small drawn world, as ``negdata demo`` does.

    Args:
        out: The folder that everything is written to.
        backend: rules (embedded: no model, no network), ollama, openai (any server of that protocol), llamacpp or
            transformers (in this process), vllm (started for the run, on a GPU).
        model: The model's name, path or hub name. Default: the backend's.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        scenes: Scenes to draw to train on, two captions each.
        seed: All choices by chance follow from it.
        fresh: Start over instead of going on where OUT stopped.
        on_step: called before each step, with the command that does the same.
        on_told: called with sentences on what a step came to.
        on_progress: called with what is done and how far it is.

    Returns:
        What the models score before and after, and phrases that are read rightly now.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return run_demo(
        DemoSettings(
            out=as_path(out),
            backend=backend,
            model=model,
            base_url=base_url,
            api_key_env=api_key_env,
            scenes=scenes,
            seed=seed,
            fresh=fresh,
        ),
        on_step=on_step,
        on_told=on_told,
        on_progress=on_progress,
    )
