"""What is written about an image, in the order of the file."""

from __future__ import annotations

from negdata.filter.context import MOST, ImageTexts
from negdata.filter.text import ImageText
from negdata.records import CaptionRecord


def record(identity: str, image: str | None, caption: str, negated_caption: str | None = None) -> CaptionRecord:
    negated = None if negated_caption is None else "dog"
    return CaptionRecord(id=identity, image=image, caption=caption, negated_caption=negated_caption, negated=negated)


def test_an_image_has_all_its_captions_and_the_negated_ones_before() -> None:
    records = [
        record("1", "a.jpg", "One.", "One, no dog."),
        record("2", "b.jpg", "Two.", "Two, no dog."),
        record("3", "a.jpg", "Three."),
        record("4", "a.jpg", "One.", "Four, no dog."),
    ]
    with ImageTexts(iter(records), [("a.jpg", "Five."), ("c.jpg", "Six."), ("a.jpg", "One.")]) as texts:
        captions = ("One.", "Three.", "Five.")
        assert texts.of("a.jpg", "1") == ImageText(captions, ())
        assert texts.of("a.jpg", "3") == ImageText(captions, (("One, no dog.", "dog"),))
        assert texts.of("a.jpg", "4") == texts.of("a.jpg", "3")
        assert texts.of("b.jpg", "2") == ImageText(("Two.",), ())
        assert texts.of("c.jpg", "9") == ImageText(("Six.",), ())
        assert texts.of("d.jpg", "9") == ImageText((), ())


def test_one_that_was_not_read_stands_last() -> None:
    with ImageTexts([record("1", "a.jpg", "One.", "One, no dog.")]) as texts:
        assert texts.of("a.jpg", "2").earlier == (("One, no dog.", "dog"),)


def test_a_record_without_an_image_has_one_to_itself() -> None:
    with ImageTexts([record("1", None, "One.", "No."), record("2", None, "Two.", "No.")]) as texts:
        assert texts.of(None, "2") == ImageText(("Two.",), ())


def test_an_id_that_stands_twice_is_its_first() -> None:
    with ImageTexts([record("1", "a.jpg", "One.", "No."), record("1", "a.jpg", "One.", "No.")]) as texts:
        assert texts.of("a.jpg", "1").earlier == ()


def test_an_image_with_a_great_many_rows_is_held_to_a_few() -> None:
    records = [record(str(n), "a.jpg", f"Caption {n}.", f"No {n}.") for n in range(3 * MOST)]
    with ImageTexts(records) as texts:
        last = texts.of("a.jpg", str(3 * MOST - 1))
    assert len(last.captions) == len(last.earlier) == MOST
    assert last.earlier[-1] == (f"No {3 * MOST - 2}.", "dog")


def test_any_characters_are_kept() -> None:
    with ImageTexts([record("\x00é", "a\x00.jpg", "One\x00two.")], [("a\x00.jpg", "lone \ud800")]) as texts:
        assert texts.of("a\x00.jpg", "\x00é").captions == ("One\x00two.", "lone ?")
