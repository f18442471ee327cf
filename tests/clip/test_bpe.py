"""The shipped tokenizer gives OpenAI's tokens; test_openclip.py compares it with open_clip's on COCO's captions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import transformers
from hypothesis import given
from hypothesis import strategies as st

import negdata.clip.bpe
from negdata.clip.bpe import clean, openai_tokenization, openai_tokenizer, tokenize
from negdata.errors import NegdataError

START, END = 49406, 49407


def test_the_vocabulary_is_the_one_that_openai_published() -> None:
    content = Path(negdata.clip.bpe.__file__).with_name("bpe_simple_vocab_16e6.txt.gz").read_bytes()
    # Of the file in OpenAI's repository; the packages openai-clip and open-clip-torch have the same.
    assert hashlib.sha256(content).hexdigest() == "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
    assert len(openai_tokenizer()) == 49408


def test_known_tokens() -> None:
    # From the documentation of transformers' CLIPTokenizer for openai/clip-vit-base-patch32.
    assert tokenize(["a photo of a cat", "a photo of a dog"]) == [
        [START, 320, 1125, 539, 320, 2368, END],
        [START, 320, 1125, 539, 320, 1929, END],
    ]
    assert tokenize([""]) == [[START, END]]
    assert tokenize([]) == []


def test_a_long_text_is_cut_and_still_ends() -> None:
    (tokens,) = tokenize(["dog " * 200])
    assert tokens == [START, *[1929] * 75, END]
    assert tokenize(["dog " * 75]) == [tokens]
    assert tokenize(["dog cat bird"], context=4) == [[START, 1929, 2368, END]]


def test_texts_are_mended_before() -> None:
    assert clean("  A\u00a0cafÃ© &amp;amp; a\tBAR\n") == "a café & a bar"
    assert clean("“No” dog’s ﬁsh") == '"no" dog\'s fish'
    assert tokenize(["The dog’s  ﬁsh &lt; 3"]) == tokenize(["the dog's fish < 3"])


def test_it_is_kept_in_a_folder_as_it_is(tmp_path: Path) -> None:
    openai_tokenizer().save_pretrained(tmp_path)
    again = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert again(["no dogs on the street"])["input_ids"] == tokenize(["no dogs on the street"])
    assert (again.bos_token_id, again.eos_token_id, again.model_max_length) == (START, END, 77)


def test_another_vocabulary_is_refused() -> None:
    with pytest.raises(NegdataError, match=r"it\.pt knows 32,000 tokens.*whole folder"):
        openai_tokenization(32_000, 77, "it.pt")


PLAIN = st.text(st.sampled_from([chr(code) for code in range(32, 127) if chr(code) != "&"]), max_size=60)


@given(PLAIN)
def test_what_needs_no_mending_isn_t_mended(text: str) -> None:
    import html

    import ftfy

    assert clean(text) == " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split()).lower()


@given(st.lists(st.text(max_size=400), max_size=3))
def test_lengths_before_texts_are_cut(texts: list[str]) -> None:
    tokenization = openai_tokenization(49408, 77, "it")
    readable = [text.encode("utf-16", "replace").decode("utf-16") for text in texts]
    whole = tokenization.whole_lengths(readable)
    cut = tokenization.tokenizer(readable)
    assert [min(length, 77) for length in whole] == [len(row) for row in cut]
    for row, length, uncut in zip(cut, whole, tokenization.uncut(readable), strict=True):
        assert len(uncut) == length
        assert row[:-1] == uncut[: len(row) - 1]


def test_the_length_of_a_long_text() -> None:
    tokenization = openai_tokenization(49408, 77, "it")
    assert tokenization.whole_lengths(["dog " * 75, "dog " * 76, "dog " * 200, ""]) == [77, 78, 202, 2]
    assert tokenization.whole_lengths([]) == []
