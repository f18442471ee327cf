"""Encoded images as models are sent them."""

from __future__ import annotations

import base64

from negdata.backends.base import Refused

_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


def media_type(image: bytes) -> str:
    """The media type of an encoded image, from its first bytes; raises Refused for anything else."""
    for signature, kind in _SIGNATURES:
        if image.startswith(signature):
            return kind
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return "image/webp"
    raise Refused("the image is neither JPEG, PNG, GIF nor WebP")


def data_url(image: bytes) -> str:
    """The image as a data URL."""
    return f"data:{media_type(image)};base64,{base64.b64encode(image).decode()}"
