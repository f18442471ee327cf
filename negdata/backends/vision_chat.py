"""Writes a chat about one image as its model was taught to read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from negdata.backends.base import Message
from negdata.backends.vision_load import Loaded
from negdata.errors import NegdataError

Turn = dict[str, Any]
Writer = Callable[[list[Turn]], str]

_PROBE = "Is there a quokka?"
_SYSTEM_PROBE = "Be a zoologist."


class Chats:
    """The chat template of one model.

    A system message becomes a system turn where the template has those, else the first words of the user's turn. The
    image stands before the last user message.
    """

    def __init__(self, loaded: Loaded, source: str) -> None:
        """Raises NegdataError where no template shows an image."""
        writers = [*_own_templates(loaded), *_family_template(loaded)]
        for writer in writers:
            if _shows_images(writer):
                self._write = writer
                break
        else:
            raise NegdataError(
                f"The model {source!r} has no chat template that shows an image.",
                "Give an instruction-tuned model whose folder holds its chat_template.",
            )
        self._system = _system_form(self._write)

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt, up to where the model's answer begins, with one placeholder for the image."""
        turns: list[Turn] = []
        carried = ""
        last = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
        for place, message in enumerate(messages):
            if message.role == "system" and self._system is None:
                carried += f"{message.content}\n\n"
            elif message.role == "system" and self._system is not None:
                turns.append({"role": "system", "content": self._system(message.content)})
            elif message.role == "user":
                turns.append(_user(carried + message.content, image=place == last))
                carried = ""
            else:
                turns.append({"role": message.role, "content": _parts(message.content)})
        return self._write(turns)


def _parts(text: str) -> list[Turn]:
    return [{"type": "text", "text": text}]


def _user(text: str, *, image: bool) -> Turn:
    return {"role": "user", "content": [*([{"type": "image"}] if image else []), *_parts(text)]}


def _own_templates(loaded: Loaded) -> list[Writer]:
    def writer(owner: Any) -> Writer:
        def write(turns: list[Turn]) -> str:
            text: str = owner.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            return text

        return write

    owners = (loaded.processor, loaded.tokenizer)
    return [writer(owner) for owner in owners if getattr(owner, "chat_template", None) is not None]


def _family_template(loaded: Loaded) -> list[Writer]:
    """The form that the language model under a LLaVA was tuned on; checkpoints of the first years hold none."""
    config = loaded.network.config
    if not config.model_type.startswith("llava"):
        return []
    forms = {"mistral": ("[INST] ", " [/INST]"), "llama": ("USER: ", " ASSISTANT:")}
    if config.text_config.model_type not in forms:
        return []
    before, after = forms[config.text_config.model_type]
    placeholder = getattr(loaded.processor, "image_token", "<image>")
    end = loaded.tokenizer.eos_token

    def write(turns: list[Turn]) -> str:
        written = []
        for turn in turns:
            shown = "".join(f"{placeholder}\n" if part["type"] == "image" else part["text"] for part in turn["content"])
            if turn["role"] == "system":
                raise ValueError("these models have no system turn")
            written.append(f"{before}{shown}{after}" if turn["role"] == "user" else f" {shown}{end}")
        return "".join(written)

    return [write]


def _shows_images(write: Writer) -> bool:
    """Whether a template writes the question as it is, and something for the image.

    Templates made for text alone fail, leave the image out, or write the list that the turn is.
    """
    try:
        shown, hidden = write([_user(_PROBE, image=True)]), write([_user(_PROBE, image=False)])
    except Exception:  # a template may raise anything
        return False
    return shown.count(_PROBE) == 1 and shown != hidden and "'type'" not in shown


def _system_form(write: Writer) -> Callable[[str], Any] | None:
    """How a template takes a system message; None where it takes none."""
    forms: tuple[Callable[[str], Any], ...] = (_parts, str)
    for form in forms:
        try:
            text = write([{"role": "system", "content": form(_SYSTEM_PROBE)}, _user(_PROBE, image=True)])
        except Exception:  # noqa: S112 - a template may raise anything
            continue
        if text.count(_SYSTEM_PROBE) == 1 and text.count(_PROBE) == 1 and "'type'" not in text:
            return form
    return None
