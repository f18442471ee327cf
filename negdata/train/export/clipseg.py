"""Into a CLIPSeg: its text tower and projection, replaced in a copy of its folder.

Its decoder is asked by the text's embedding; the vision tower, the decoder and the logit scale stay.
"""

from __future__ import annotations

from pathlib import Path

from negdata.errors import NegdataError
from negdata.train.export.base_folder import BaseFolder
from negdata.train.export.replacing import Replacement, replacement
from negdata.train.export.source import Source
from negdata.train.export.tokens import FILES, check_same, read_tokens
from negdata.train.export.tower import check_agreement, no_fit, takes, tower_of
from negdata.train.export.weights import weights_in

PART = "clip.text_model"
_PREFIX = "clip."
_REPLACED = ("clip.text_model.", "clip.text_projection.")


def into_clipseg(source: Source, base: BaseFolder) -> Replacement:
    """Checks that the model's text tower can take the place of the base's.

    Raises:
        NegdataError: the base is no CLIPSeg, or the model doesn't fit.
    """
    config = base.json("config.json")
    where = str(base.path / "config.json")
    kind = config.get("model_type")
    if kind != "clipseg":
        raise NegdataError(
            f"The base {base.path} is no CLIPSeg, but a model of the kind {str(kind)[:60]!r}.",
            "Give the folder of a CLIPSegForImageSegmentation, such as that of CIDAS/clipseg-rd64-refined.",
        )
    # Configs of old say it twice; the library lets the second decide.
    texts = [config.get(name) for name in ("text_config", "text_config_dict")]
    text = {key: value for said in texts if isinstance(said, dict) for key, value in said.items()}
    dim = config.get("projection_dim", 512)
    tower = tower_of(text, where, dim=dim if isinstance(dim, int) else -1)
    if not takes(tower, source.tower):
        raise no_fit(source.name, source.tower, {PART: tower})
    check_agreement(tower, source.tower, where, source.name)
    there = {name: path for name, path in base.beneath("").items() if name in FILES}
    check_same(read_tokens(there, str(base.path)), source.tokens, str(base.path), source.name)
    weights = weights_in("", base.beneath(""), base.path)
    return replacement(source, weights, base.path, part=PART, tower=tower, name_of=_name_of)


def load_lines(out: Path) -> list[str]:
    """How the exported model is loaded."""
    return [
        f"transformers.CLIPSegForImageSegmentation.from_pretrained({str(out)!r})",
        f"transformers.CLIPSegProcessor.from_pretrained({str(out)!r})",
    ]


def _name_of(theirs: str) -> str | None:
    return theirs.removeprefix(_PREFIX) if theirs.startswith(_REPLACED) else None
