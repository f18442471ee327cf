"""Whether a server's error says that its model takes no images, or only that it can't use this one."""

from __future__ import annotations

import re

from negdata.errors import NegdataError

_IMAGES = r"(?:images?\b|image_url|image input|vision|visual|multi-?modal|mmproj|\bclip\b)"
_NOT_TAKEN = re.compile(
    r"n[o']t (?:currently )?(?:support|accept|take|allow|enabled|handle|see)|unsupported content|only support|"
    r"n[o']t have (?:an? )?(?:image|vision|visual|multi)|not an? (?:multi-?modal|vision)|no (?:vision|multi-?modal)|"
    r"(?:clip|projector|vision)\b.{0,20} not loaded|\blacks?\b|mmproj|missing data required|unable to see|text.only|"
    r"no endpoints|at most 0\b|unknown variant|(?:invalid|unsupported|unknown) content.type",
    re.IGNORECASE,
)
_SPEAKS_OF_IMAGES = re.compile(_IMAGES, re.IGNORECASE)
# With images a message's content is a list; a server of text alone may complain of just that.
_TEXT_WANTED = re.compile(
    r"content.{0,80}(?:be a (?:valid )?string|expected (?:a )?string|should be 'text'|expected `text`)",
    re.IGNORECASE | re.DOTALL,
)
_THIS_IMAGE = re.compile(
    r"too (?:large|big|small|long|many|wide|tall)|exceed|larger than|smaller than|corrupt|truncated|decod|"
    r"\b(?:process|load|read|open|parse|identify|fetch|download)\w* (?:(?:the|this|an?|your|input|provided) )*image|"
    r"(?:invalid|unsupported|bad|broken) image(?!_url| input| content| part)|"
    r"image (?:data|file|size|format|type|mode|dimension|resolution)|image/\w|\bformats?\b|\bpixels?\b|base64|bytes",
    re.IGNORECASE,
)


def takes_no_images(said: str, model: str) -> bool:
    """Whether an error text, of a request with images, says that the model or its server takes none at all."""
    if model:
        said = said.replace(model, "M")  # a name with "vision" in it says nothing of images
    if _THIS_IMAGE.search(said):
        return False
    spoken_of = _SPEAKS_OF_IMAGES.search(said) and _NOT_TAKEN.search(said)
    return bool(spoken_of or _TEXT_WANTED.search(said))


def sees_nothing(model: str, where: str, remedy: str, said: str = "") -> NegdataError:
    """The error that ends a run whose model can't be shown images."""
    answer = f": it answers {said!r}" if said else ""
    return NegdataError(f"The model {model!r} of {where} can't see images{answer}.", remedy)
