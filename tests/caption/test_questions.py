"""Visual questions beside captions of their images: who is joined with whom, under which ids, and who is left over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.caption.questions import QuestionSource, image_key
from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.sources import BadRow, Source, open_source
from negdata.sources.vqa import read_answered_no
from tests.sources.test_vqa import answered, asked, write


def questions_source(
    folder: Path,
    questions: Sequence[tuple[int, int, str]],
    captions: Sequence[dict[str, Any]] | None,
    *,
    subtype: str = "train2014",
    noes: int = 10,
    **fields: Any,
) -> QuestionSource:
    """A source of (question id, image id, question), all answered no by ``noes`` of ten."""
    files = write(
        folder,
        [asked(number, image_id=image, question=text) for number, image, text in questions],
        [answered(number, noes, image_id=image) for number, image, _ in questions],
        subtype,
    )
    given: dict[str, Any] = {"per_image": None, "standalone": False}
    return QuestionSource(read_answered_no(*files), opened(folder, captions), **(given | fields))


def opened(folder: Path, captions: Sequence[dict[str, Any]] | None) -> Source | None:
    if captions is None:
        return None
    path = folder / "captions.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in captions), encoding="utf-8")
    return open_source(path)


def caption(identity: str, image: str, **fields: Any) -> dict[str, Any]:
    return {"id": identity, "image": image, "caption": f"A man {identity}."} | fields


def records(source: QuestionSource) -> list[CaptionRecord]:
    found = [row for row in source.rows() if isinstance(row, CaptionRecord)]
    assert len(found) == len(list(source.rows())), "the rows can be read again"
    return found


NINE, TEN = "COCO_train2014_000000000009.jpg", "COCO_train2014_000000000010.jpg"


def test_every_caption_of_an_image_is_joined_with_every_question_about_it(tmp_path: Path) -> None:
    captions = [caption("a", NINE), caption("b", NINE), caption("c", TEN), caption("d", "000000000011.jpg")]
    found = records(
        questions_source(tmp_path, [(90, 9, "Is it\n raining? "), (91, 9, "Is it on?"), (100, 10, "Is it?")], captions)
    )
    assert [(one.id, one.image, one.question) for one in found] == [
        ("a+vqa:90", NINE, "Is it raining?"),
        ("b+vqa:90", NINE, "Is it raining?"),
        ("a+vqa:91", NINE, "Is it on?"),
        ("b+vqa:91", NINE, "Is it on?"),
        ("c+vqa:100", TEN, "Is it?"),
    ]
    assert {one.pipeline for one in found} == {"vqa"}
    assert found[0].caption == "A man a."


@pytest.mark.parametrize(
    ("image_id", "image", "key"),
    [
        (9, "x.jpg", 9),
        ("9", "x.jpg", 9),
        ("0009", None, 9),
        ("nine", NINE, "nine"),
        (None, NINE, 9),
        (None, "000000000009.jpg", 9),
        (None, "train2014/COCO_train2014_000000000009.jpg", 9),
        (None, "COCO_train2014_000000000009_1954731.jpg", 9),
        (None, "photo.jpg", "photo.jpg"),
        (None, None, ""),
    ],
)
def test_an_image_is_known_by_its_number(image_id: int | str | None, image: str | None, key: int | str) -> None:
    assert image_key(image_id, image) == key


def test_captions_are_found_by_the_id_or_the_name(tmp_path: Path) -> None:
    captions = [
        caption("by-id", "any.jpg", image_id=9),
        caption("by-text", "any.jpg", image_id="9"),
        caption("by-name", NINE),
        caption("by-2017", "000000000009.jpg"),
        caption("other", NINE, image_id=10),
    ]
    found = records(questions_source(tmp_path, [(90, 9, "Is it?")], captions))
    assert [one.id for one in found] == [f"{name}+vqa:90" for name in ("by-id", "by-text", "by-name", "by-2017")]


def test_what_was_written_of_a_caption_before_is_no_part_of_the_row(tmp_path: Path) -> None:
    before = caption(
        "a",
        NINE,
        caption_id=3,
        negated="dog",
        kind="object",
        negated_caption="A man with no dog.",
        false_caption="No man.",
        pipeline="objects",
        verdict={"p_present": 0.0, "present": False, "verifier": "v"},
    )
    (one,) = records(questions_source(tmp_path, [(90, 9, "Is it?")], [before]))
    assert one == CaptionRecord(
        id="a+vqa:90", image=NINE, caption_id=3, caption="A man a.", pipeline="vqa", question="Is it?"
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    captions=st.lists(st.integers(1, 3), min_size=1, max_size=9),
    questions=st.lists(st.integers(1, 4), min_size=1, max_size=9),
    per_image=st.integers(1, 5),
)
def test_questions_take_turns_at_the_captions(
    tmp_path: Path, captions: list[int], questions: list[int], per_image: int
) -> None:
    if not set(captions) & set(questions):
        questions = [*questions, captions[0]]
    rows = [caption(f"c{number}", f"{image:012d}.jpg") for number, image in enumerate(captions)]
    made = questions_source(
        tmp_path, [(number, image, "Is it?") for number, image in enumerate(questions, 1)], rows, per_image=per_image
    )
    found = records(made)
    assert len({one.id for one in found}) == len(found)
    used: dict[int, Counter[str]] = {image: Counter() for image in captions}
    for number, image in enumerate(questions, 1):
        own = [one for one in found if one.id.endswith(f"+vqa:{number}")]
        assert len(own) == min(per_image, captions.count(image))
        assert all(one.image == f"{image:012d}.jpg" for one in own)
        used.setdefault(image, Counter()).update(one.id.partition("+")[0] for one in own)
    for image, count in used.items():
        of_image = [f"c{number}" for number, one in enumerate(captions) if one == image]
        turns = [count[name] for name in of_image]
        assert not turns or max(turns) - min(turns) <= 1
    assert made.unmatched == sum(image not in captions for image in questions)


def test_alone_a_question_is_a_row_of_its_own(tmp_path: Path) -> None:
    questions = [(90, 9, " Is it on? "), (100, 10, "Is it?")]
    nine, ten = records(questions_source(tmp_path, questions, None, standalone=True))
    assert (nine.id, nine.image, nine.image_id) == ("vqa:90", NINE, 9)
    assert (nine.caption, nine.question, nine.pipeline) == ("Is it on?", "Is it on?", "vqa")
    assert (ten.id, ten.image) == ("vqa:100", TEN)
    (newer,) = records(questions_source(tmp_path, questions[:1], None, standalone=True, subtype="train2017"))
    assert newer.image == "000000000009.jpg"


def test_alone_the_captions_tell_the_images_name(tmp_path: Path) -> None:
    captions = [caption("a", "train/9.jpg", image_id=9), caption("b", "other/9.jpg", image_id=9)]
    questions = [(90, 9, "Is it?"), (100, 10, "Is it?")]
    made = questions_source(tmp_path, questions, captions, standalone=True)
    assert [one.image for one in records(made)] == ["train/9.jpg", TEN]
    assert any("1 questions" in note and "take their image's name from its id" in note for note in made.notes)


def test_what_becomes_of_the_questions_is_told(tmp_path: Path) -> None:
    made = questions_source(tmp_path, [(90, 9, "Is it?"), (100, 10, "Is it?")], [caption("a", NINE)])
    assert made.unmatched == 1
    assert made.notes[0].startswith("2 questions, 2 of them yes/no; 2 were answered no by enough annotators, 0 by too")
    assert made.notes[1:] == [f"1 questions are about images that {tmp_path / 'captions.jsonl'} lacks, and make no row"]
    all_found = questions_source(tmp_path, [(90, 9, "Is it?")], [caption("a", NINE)])
    assert len(all_found.notes) == 1


def test_where_nothing_matches_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="no caption of an image that") as refused:
        questions_source(tmp_path, [(90, 9, "Is it?")], [caption("a", TEN)])
    assert "same images" in refused.value.remedy


def test_where_nothing_was_answered_no_it_is_refused(tmp_path: Path) -> None:
    for captions in (None, [caption("a", NINE)]):
        with pytest.raises(NegdataError, match="answered no by enough annotators") as refused:
            questions_source(tmp_path, [(90, 9, "Is it?")], captions, noes=6, standalone=captions is None)
        assert "--min-agreement" in refused.value.remedy


BAD = [caption("a", NINE), caption("b", "../b.jpg"), {"id": "c", "image": TEN, "caption": None}]


def test_captions_that_cannot_be_used_are_refused_or_set_aside(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"2 rows.*line 2.*line 3"):
        questions_source(tmp_path, [(90, 9, "Is it?")], BAD)
    rows = list(questions_source(tmp_path, [(90, 9, "Is it?")], BAD, bad_rows="fail").rows())
    assert [row.record.id if isinstance(row, BadRow) else row.id for row in rows] == ["b", "c", "a+vqa:90"]


def test_captions_whose_ids_stand_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="'a' twice"):
        questions_source(tmp_path, [(90, 9, "Is it?")], [caption("a", NINE), caption("a", TEN)])


def test_the_digest_is_of_all_files(tmp_path: Path) -> None:
    def digest(question: str, *captions: dict[str, Any]) -> str:
        made = questions_source(tmp_path, [(90, 9, question)], captions or None, standalone=True)
        return made.digest()

    assert digest("Is it?") == digest("Is it?")
    assert len({digest("Is it?"), digest("Is it so?"), digest("Is it?", caption("a", NINE))}) == 3
