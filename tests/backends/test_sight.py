"""Errors that say that a model takes no images, and errors about one image."""

from __future__ import annotations

import pytest

from negdata.backends.sight import takes_no_images

BLIND = [
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    "meta-llama/Llama-3.1-8B-Instruct is not a multimodal model",
    "At most 0 image(s) may be provided in one prompt.",
    "Invalid content type. image_url is only supported by certain models.",
    "Model does not support images. Please use a model that does.",
    "This model does not support image input.",
    "No endpoints found that support image input",
    "Failed to create new sequence: failed to process inputs: this model is missing data required for image input",
    "Failed to deserialize the JSON body: messages[0]: unknown variant `image_url`, expected `text`",
    "'messages.0.content' must be a string",
    '[{"loc": ["body", "messages", 0, "content"], "msg": "Input should be a valid string"}]',
    '{"loc": "body -> messages -> 0 -> content -> list[Text] -> 0 -> type", "msg": "Input should be \'text\'"}',
    "This model doesn't support vision.",
    "The model does not have vision capabilities",
    "multimodal: clip model not loaded",
    "the model has no vision part",
]
ONE_IMAGE = [
    "could not process image",
    "Could not process the image",
    "image too large",
    "Image size is too big: it does not support more than 8000 pixels",
    "image exceeds 5 MB maximum: 7340032 bytes > 5242880 bytes",
    "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg'].",
    "Failed to load image or audio file",
    "The image data you provided does not represent a valid image; unsupported.",
    "image/tiff is not supported",
    "cannot identify image file; vision models don't accept it",
    "image format not supported",
    "Unable to decode the image: unsupported colour space",
]
OTHERS = [
    "",
    "oops",
    "the prompt is too long",
    "this parameter is not supported",
    "CUDA out of memory while the images were encoded",
    "The image was blocked by the content policy",
    "the image does not have three channels",
    "image not loaded",
    "the second of the images is all black",
    "max_tokens must be an integer",
]


@pytest.mark.parametrize("said", BLIND)
def test_a_model_without_vision(said: str) -> None:
    assert takes_no_images(said, "llama-3-8b")


@pytest.mark.parametrize("said", ONE_IMAGE + OTHERS)
def test_another_error(said: str) -> None:
    assert not takes_no_images(said, "llama-3-8b")


def test_a_name_with_vision_in_it_says_nothing() -> None:
    said = "llama-3.2-vision doesn't support this parameter"
    assert not takes_no_images(said, "llama-3.2-vision")
    assert takes_no_images(f"{said} for images", "llama-3.2-vision")
