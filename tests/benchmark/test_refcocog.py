"""RefCOCOg and its kin: what the reader makes of true files, of ones drawn by chance, and of ones that are wrong."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.benchmark.corpus_lines import write_jsonl
from negdata.benchmark.refcocog import read_refcocog
from negdata.benchmark.regions import Phrase, Reference, ReferredImage, ReferringCorpus, Region
from negdata.errors import NegdataError
from negdata.sources.base import file_digest
from tests.benchmark.refcocog_folder import instances_of, refs_of, small_corpus, write_folder

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
REAL = SHARED / "refcocog"
PUBLISHED = SHARED / "negrefcocog" / "NegRefCOCOg.half.json"
CATEGORIES = {1: "person", 17: "cat", 62: "dining table"}


def problem_of(source: Path, **options: Any) -> str:
    with pytest.raises(NegdataError) as caught:
        read_refcocog(source, **options)
    assert caught.value.remedy
    return caught.value.problem


Change = Callable[[Any], Any]


def broken(
    folder: Path, *, refs: Change | None = None, instances: Change | None = None, corpus: ReferringCorpus | None = None
) -> Path:
    """A folder in which the content of a file was changed."""
    rows, document = refs_of(corpus or small_corpus()), instances_of(corpus or small_corpus())
    rows = (refs(rows) or rows) if refs else rows
    document = (instances(document) or document) if instances else document
    folder.mkdir(exist_ok=True)
    (folder / "refs(umd).p").write_bytes(pickle.dumps(rows, 2))
    (folder / "instances.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def by_id(corpus: ReferringCorpus, split: str | None = None) -> tuple[ReferredImage, ...]:
    """The images of a corpus that a split refers to, as the reader orders them."""
    chosen = []
    for image in sorted(corpus.images, key=lambda one: one.id):
        references = [one for one in image.references if split in (None, one.split) and one.phrases]
        if references:
            chosen.append(replace(image, references=tuple(sorted(references, key=lambda one: one.id))))
    return tuple(chosen)


# True files.


@pytest.mark.skipif(not REAL.exists(), reason="RefCOCOg is not under ../shared/data")
def test_the_true_val_split() -> None:
    """The numbers are those that its README gives."""
    corpus = read_refcocog(REAL)
    references = [reference for image in corpus.images for reference in image.references]
    assert corpus.name == "RefCOCOg (umd), split val"
    assert len(corpus.images) == 1_300
    assert sum(len(image.regions) for image in corpus.images) == 10_868
    assert len(references) == 2_573
    assert sum(len(reference.phrases) for reference in references) == 4_896
    assert corpus.skipped == {}
    assert corpus.digests == {name: file_digest(REAL / name) for name in ("refs(umd).p", "instances.json")}
    assert corpus.categories[2] == "animal"


@pytest.mark.skipif(not REAL.exists(), reason="RefCOCOg is not under ../shared/data")
@pytest.mark.skipif(not PUBLISHED.exists(), reason="NegRefCOCOg is not under ../shared/data")
def test_phrases_are_spelled_as_the_benchmark_spells_them() -> None:
    """All of its phrases about images of this split are among the phrases of their image."""
    texts = {
        image.file_name: {phrase.text for reference in image.references for phrase in reference.phrases}
        for image in read_refcocog(REAL).images
    }
    items = [item for item in json.loads(PUBLISHED.read_text()) if item["image"] in texts]
    assert len(items) > 10
    assert all(item["phrase"] in texts[item["image"]] for item in items)


@pytest.mark.skipif(not REAL.exists(), reason="RefCOCOg is not under ../shared/data")
def test_the_true_split_survives_json_lines(tmp_path: Path) -> None:
    corpus = read_refcocog(REAL)
    write_jsonl(corpus, tmp_path / "val.jsonl")
    again = read_refcocog(tmp_path / "val.jsonl")
    assert named(again) == named(corpus)


# What is right.


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_folder(tmp_path: Path, protocol: int) -> None:
    corpus = read_refcocog(write_folder(tmp_path, small_corpus(), protocol=protocol))
    assert corpus.images == by_id(small_corpus(), "val")
    assert [image.id for image in corpus.images] == [3, 7]
    assert [reference.id for reference in corpus.images[1].references] == [2, 9]
    assert corpus.categories == small_corpus().categories
    assert corpus.skipped == {"refs of other splits": 1}


def named(corpus: ReferringCorpus) -> list[tuple[ReferredImage, list[str]]]:
    """Images with the names of their categories, whose numbers a file of lines doesn't keep."""
    return [
        (
            replace(image, regions=tuple(replace(region, category=0) for region in image.regions)),
            [corpus.categories[region.category] for region in image.regions],
        )
        for image in corpus.images
    ]


@st.composite
def corpora(draw: st.DrawFn) -> ReferringCorpus:
    """Any images and boxes, with references to some; splits and ids in any order."""
    images = []
    image_ids = draw(st.lists(st.integers(0, 10**6), unique=True, min_size=1, max_size=4))
    annotation = draw(st.permutations(range(100, 130)))
    reference, sentence = iter(draw(st.permutations(range(20)))), iter(draw(st.permutations(range(60))))
    used = 0
    for identity in image_ids:
        width, height = draw(st.integers(20, 999_999)), draw(st.integers(20, 999_999))
        regions = []
        for _ in range(draw(st.integers(1, 4))):
            x, y = (draw(st.floats(-1, side - 10)) for side in (width, height))
            w, h = draw(st.floats(0.01, width - x)), draw(st.floats(0.01, height - y))
            category = draw(st.sampled_from(sorted(CATEGORIES)))
            regions.append(Region(annotation[used], category, (x, y, w, h), draw(st.booleans())))
            used += 1
        references = tuple(
            Reference(next(reference), region.annotation_id, draw(st.sampled_from(["train", "val", "testA"])), phrases)
            for region in regions
            for phrases in [tuple(Phrase(next(sentence), text) for text in draw(st.lists(texts, max_size=3)))]
            if draw(st.booleans())
        )
        name = draw(st.sampled_from(["{}.jpg", "train2014/{}.jpg", "caf\u00e9 {}.png"])).format(identity)
        images.append(ReferredImage(identity, name, width, height, tuple(regions), references))
    return ReferringCorpus("drawn", tuple(images), CATEGORIES, {}, {})


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(str.strip)


@given(corpus=corpora(), protocol=st.sampled_from([0, 2, 5]), split=st.sampled_from(["all", "train", "val", "testA"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_corpus_comes_out_as_it_went_in(tmp_path: Path, corpus: ReferringCorpus, protocol: int, split: str) -> None:
    folder = write_folder(tmp_path / "refcocog", corpus, protocol=protocol)
    expected = by_id(corpus, None if split == "all" else split)
    if not expected:
        assert "no ref" in problem_of(folder, split=split)
        return
    read = read_refcocog(folder, split=split)
    assert read.images == expected
    write_jsonl(read, tmp_path / "corpus.jsonl")
    again = read_refcocog(tmp_path / "corpus.jsonl", split="all")
    assert named(again) == named(read)
    write_jsonl(again, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "corpus.jsonl").read_bytes()


def test_tests_of_people_and_of_things(tmp_path: Path) -> None:
    def split(rows: list[dict[str, Any]]) -> None:
        for row, name in zip(rows, ("testA", "testB", "train", "val"), strict=True):
            row["split"] = name

    folder = broken(tmp_path / "refcoco", refs=split)
    (folder / "refs(umd).p").rename(folder / "refs(unc).p")
    assert read_refcocog(folder, split="testA").name == "RefCOCO (unc), split testA"
    both = read_refcocog(folder, split="test")
    assert {one.split for image in both.images for one in image.references} == {"testA", "testB"}
    assert both.skipped == {"refs of other splits": 2}


def test_who_split_it(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "RefCOCOg", small_corpus(), split_by="google")
    assert read_refcocog(folder).name == "RefCOCOg (google), split val"
    corpus = small_corpus()
    write_folder(folder, replace(corpus, images=corpus.images[:2]), split_by="umd")
    assert read_refcocog(folder).name == "RefCOCOg (umd), split val"
    assert read_refcocog(folder, split_by="google").name == "RefCOCOg (google), split val"
    with pytest.raises(NegdataError, match=r"holds no refs\(unc\)\.p\. Choose --split-by of google, umd\."):
        read_refcocog(folder, split_by="unc")


def test_boxes_that_rounding_put_beyond_the_image_are_kept_as_they_are(tmp_path: Path) -> None:
    def widen(document: dict[str, Any]) -> None:
        document["annotations"][1]["bbox"] = [-0.4, 0, 640.9, 480.7]

    corpus = read_refcocog(broken(tmp_path, instances=widen))
    assert corpus.images[1].regions[1].box == (-0.4, 0, 640.9, 480.7)


# What is left out, and counted.


def test_boxes_that_nothing_can_be_cut_from(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        boxes = {71: [5, 5, 0, 9], 79: [0, 0, 640, 482], 30: [1, 1, 9, 0], 50: [1, 1, 0, 0]}
        for row in document["annotations"]:
            row["bbox"] = boxes.get(row["id"], row["bbox"])

    corpus = read_refcocog(broken(tmp_path, instances=spoil))
    assert [[region.annotation_id for region in image.regions] for image in corpus.images] == [[70]]
    assert corpus.skipped == {
        "refs of other splits": 1,
        "boxes of no area": 2,
        "boxes that reach out of their image by more than a pixel": 1,
        "refs to boxes of no area": 2,
    }


def test_refs_that_lead_nowhere(tmp_path: Path) -> None:
    def mislead(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        extra = [copy.deepcopy(rows[0]) for _ in range(3)]
        extra[0] |= {"ref_id": 100, "ann_id": 30}  # of another image
        extra[1] |= {"ref_id": 101, "image_id": 999}
        extra[2] |= {"ref_id": 102, "sentences": []}
        for number, sentence in enumerate(sentence for row in extra for sentence in row["sentences"]):
            sentence["sent_id"] = 1_000 + number
        return rows + extra

    corpus = read_refcocog(broken(tmp_path, refs=mislead))
    assert corpus.images == by_id(small_corpus(), "val")
    assert corpus.skipped == {
        "refs of other splits": 1,
        "refs to annotations that are none of their image": 1,
        "refs to images that are not annotated": 1,
        "refs without a phrase": 1,
    }


def test_phrases_that_say_nothing(tmp_path: Path) -> None:
    def silence(rows: list[dict[str, Any]]) -> None:
        spoiled = iter([" \t", "x" * 5_000, "a\x1b[2Jb"])
        for sentence in (sentence for row in rows[:2] for sentence in row["sentences"]):
            sentence["sent"] = next(spoiled)

    corpus = read_refcocog(broken(tmp_path, refs=silence))
    assert [image.id for image in corpus.images] == [3]
    assert corpus.skipped == {
        "blank phrases": 1,
        "phrases of more than 4,000 characters": 1,
        "phrases with control characters": 1,
        "refs of other splits": 1,
        "refs without a phrase": 2,
    }


def test_texts_are_kept_as_they_were_typed(tmp_path: Path) -> None:
    def mark(rows: list[dict[str, Any]]) -> None:
        rows[0]["sentences"][0]["sent"] = "  <b>the  WOMAN</b>\twithout \u2603 "

    corpus = read_refcocog(broken(tmp_path, refs=mark))
    assert corpus.images[1].references[0].phrases[0].text == "  <b>the  WOMAN</b>\twithout \u2603 "


# What is wrong.


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "exist" in problem_of(tmp_path / "none")
    assert "none of refs(umd).p, refs(unc).p, refs(google).p" in problem_of(tmp_path)
    write_folder(tmp_path / "data" / "refcocog", small_corpus())
    with pytest.raises(NegdataError, match=r"Give .*refcocog, which does\."):
        read_refcocog(tmp_path / "data")
    (tmp_path / "data" / "refcocog" / "instances.json").unlink()
    assert "holds no instances.json" in problem_of(tmp_path / "data" / "refcocog")


def test_splits_that_are_not_there(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small_corpus())
    assert "no refs of the split 'testA'; it holds 'val' (3), 'test' (1)." in problem_of(folder, split="testA")
    broken(tmp_path, refs=lambda rows: rows[:3])
    assert "holds only 'val' (3)." in problem_of(folder, split="train")
    broken(tmp_path, refs=lambda rows: [{**rows[0], "split": "\x1b[2J"}])
    assert problem_of(folder).isprintable()
    (tmp_path / "refs(umd).p").write_bytes(pickle.dumps([], 2))
    assert "holds no refs at all" in problem_of(folder)


def test_a_file_where_the_folder_is_wanted(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small_corpus())
    for name in ("instances.json", "refs(umd).p"):
        assert "is half of a dataset" in problem_of(folder / name)
    write_jsonl(small_corpus(), tmp_path / "small.jsonl")
    assert "--split-by" in problem_of(tmp_path / "small.jsonl", split_by="umd")


@pytest.mark.parametrize(
    ("refs", "told"),
    [
        (lambda rows: {"refs": rows}, "is not a list of refs: expected `array`, got `object`."),
        (lambda rows: [*rows[:3], 1], "expected `object`, got `int` at [3]."),
        (lambda rows: [{1: 2}], "is not a list of refs"),
        (lambda rows: rows[1].pop("ann_id") and None, "object missing required field `ann_id` at [1]."),
        (lambda rows: rows[1].update(ann_id="70"), "expected `int`, got `str` at [1].ann_id."),
        (lambda rows: rows[1].update(ann_id=True), "expected `int`, got `bool` at [1].ann_id."),
        (lambda rows: rows[1].update(image_id=1 << 70), "at [1].image_id."),
        (lambda rows: rows[1].update(split=None), "expected `str`, got `null` at [1].split."),
        (lambda rows: rows[1].update(sentences="no"), "expected `array`, got `str` at [1].sentences."),
        (lambda rows: rows[1]["sentences"][0].update(sent=b"x\xff"), "at [1].sentences[0].sent."),
        (lambda rows: rows[1].update(ref_id=2), "has refs that share their id: 2."),
        (lambda rows: rows[1]["sentences"][0].update(sent_id=5), "has sentences that share their id: 5."),
    ],
)
def test_refs_that_are_none(tmp_path: Path, refs: Change, told: str) -> None:
    assert told in problem_of(broken(tmp_path, refs=refs))


def test_a_hostile_pickle(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small_corpus())
    (folder / "refs(umd).p").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    assert "wants posix.system" in problem_of(folder)


def many(document: dict[str, Any]) -> None:
    row = document["annotations"][0]
    document["annotations"] += [{**row, "id": 1_000 + number, "bbox": [0, 0, -1, 1]} for number in range(12)]


@pytest.mark.parametrize(
    ("instances", "told"),
    [
        (lambda document: [document], "is not a file of COCO instances: expected `object`, got `array`."),
        (lambda document: document.pop("categories") and None, "missing required field `categories`."),
        (lambda document: document["images"][0].pop("file_name") and None, "field `file_name` at images[0]."),
        (lambda document: document["images"][0].update(width=0), "expected `int` >= 1 at images[0].width."),
        (lambda document: document["images"][0].update(height=10**6), "expected `int` <= 999999 at images[0].height."),
        (lambda document: document["images"][0].update(width=640.5), "expected `int`, got `float` at images[0].width."),
        (lambda document: document["annotations"][2].pop("bbox") and None, "field `bbox` at annotations[2]."),
        (lambda document: document["annotations"][2].update(bbox=[1, 2, 3]), "length 4 at annotations[2].bbox."),
        (lambda document: document["annotations"][2].update(bbox=[1, 2, 3, True]), "at annotations[2].bbox[3]."),
        (lambda document: document["annotations"][2].update(bbox=[1, 2, 3, None]), "at annotations[2].bbox[3]."),
        (lambda document: document["annotations"][2].update(bbox=[1, 2, 3, 10**400]), "out of range"),
        (lambda document: document["annotations"][2].update(id=10**30), "at annotations[2].id."),
        (
            lambda document: document["annotations"][2].update(bbox=[0, 0, -5, 9]),
            "a row that can't be: annotations[2]: ",
        ),
        (many, "12 rows that can't be: annotations[5]: its box [0.0, 0.0, -1.0, 1.0] has a negative size; "),
        (many, "; and 2 more."),
        (lambda document: document["annotations"][2].update(id=70), "annotations[2]: has the id 70 of another."),
        (lambda document: document["annotations"][2].update(image_id=8), "its image 8 is none of the file's."),
        (lambda document: document["annotations"][2].update(category_id=8), "its category 8 is none of the file's."),
        (lambda document: document["images"][2].update(id=7), "images[2]: has the id 7 of another image"),
        (lambda document: document["images"][2].update(file_name="../../etc/passwd"), "climbs out of the image folder"),
        (lambda document: document["images"][2].update(file_name="/etc/passwd"), "is an absolute path"),
        (lambda document: document["images"][2].update(file_name="C:\\x.jpg"), "is an absolute path"),
        (lambda document: document["images"][2].update(file_name="a\x1b[2J.jpg"), "control character"),
        (lambda document: document["images"][2].update(file_name="a\u202egpj.jpg"), "that can't be printed"),
        (lambda document: document["images"][2].update(file_name=""), "image is missing"),
        (lambda document: document["categories"][1].update(name=" "), "categories[1]: its category has the name ' '"),
        (lambda document: document["categories"][1].update(name="person"), "is another category's as well"),
        (lambda document: document["categories"][1].update(id=1), "is another category's as well"),
    ],
)
def test_instances_that_are_none(tmp_path: Path, instances: Change, told: str) -> None:
    assert told in problem_of(broken(tmp_path, instances=instances))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b'{"images": [', "is not valid JSON: it breaks off after 12 bytes."),
        (b'{"images": oops}', "is not valid JSON: invalid character at byte 11 of 16, where it goes on with b'oops}'."),
        (b'{"images": [], "annotations": [{"bbox": [1, NaN, 2, 3]}]}', "where it goes on with b'NaN, 2, 3]}]'."),
        (b'\xef\xbb\xbf{"images": []}', "is not plain UTF-8: it begins with a byte order mark."),
        ('{"images": []}'.encode("utf-16"), "is not plain UTF-8: it begins with a byte order mark."),
        (b'{"images": [{"file_name": "caf\xe9.jpg"}]}', "holds a text that is not UTF-8: b'\\xe9'."),
        (b'{"more": ' + b"[" * 100_000, "nests too deeply"),
        (b"\x80\x04]\x94.", "is not valid JSON: invalid character at byte 0"),
    ],
)
def test_files_that_are_no_json(tmp_path: Path, content: bytes, told: str) -> None:
    folder = write_folder(tmp_path, small_corpus())
    (folder / "instances.json").write_bytes(content)
    assert told in problem_of(folder)


@pytest.mark.skipif(not (SHARED / "coco").exists(), reason="COCO's captions are not under ../shared/data")
def test_captions_for_instances(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, small_corpus())
    captions = SHARED / "coco" / "annotations" / "captions_val2017.json"
    (folder / "instances.json").write_bytes(captions.read_bytes())
    with pytest.raises(NegdataError, match=r"missing required field .* \(captions have none\)"):
        read_refcocog(folder)


def test_refs_of_one_dataset_and_images_of_another(tmp_path: Path) -> None:
    def renumber(document: dict[str, Any]) -> None:
        for row in document["images"]:
            row["id"] += 100
        for row in document["annotations"]:
            row["image_id"] += 100

    folder = broken(tmp_path, instances=renumber)
    told = "no ref that can be used (refs of other splits: 1; refs to images that are not annotated: 3)."
    assert told in problem_of(folder)


# JSON lines.


def line_of(**changes: Any) -> dict[str, Any]:
    row = {
        "id": 1,
        "file_name": "1.jpg",
        "width": 10,
        "height": 10,
        "regions": [{"annotation_id": 5, "category": "cat", "box": [0, 0, 5, 5], "crowd": False}],
        "references": [{"id": 2, "annotation_id": 5, "split": "val", "phrases": [{"id": 3, "text": "the cat"}]}],
    }
    return row | changes


def lines(folder: Path, *rows: object) -> Path:
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n\n" for row in rows), encoding="utf-8")
    return path


def test_lines_that_people_write(tmp_path: Path) -> None:
    corpus = read_refcocog(lines(tmp_path, line_of(more="ignored")))
    assert corpus == ReferringCorpus(
        "corpus.jsonl, split val",
        (
            ReferredImage(
                1,
                "1.jpg",
                10,
                10,
                (Region(5, 1, (0.0, 0.0, 5.0, 5.0)),),
                (Reference(2, 5, "val", (Phrase(3, "the cat"),)),),
            ),
        ),
        {1: "cat"},
        {"corpus.jsonl": file_digest(tmp_path / "corpus.jsonl")},
        {},
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[]], "Line 1 of "),
        ([line_of(), line_of(width="10")], "expected `int`, got `str` at width."),
        ([line_of(), line_of(width=True)], "Line 3 of "),
        ([line_of(regions=[{"annotation_id": 5, "category": 1, "box": [0, 0, 5, 5]}])], "at regions[0].category."),
        ([line_of(), line_of(regions=[], references=[])], "line 3: has the id 1 of another image"),
        ([line_of(), line_of(id=2)], "share their id: 2."),
        ([line_of(), line_of(id=2, references=[])], "line 3: has the id 5 of another."),
        ([line_of(file_name="../1.jpg")], "climbs out of the image folder"),
        ([line_of(regions=[])], "(refs to annotations that are none of their image: 1)."),
        ([line_of(references=[])], "holds no refs at all"),
    ],
)
def test_lines_that_are_wrong(tmp_path: Path, rows: list[object], told: str) -> None:
    assert told in problem_of(lines(tmp_path, *rows))


def test_lines_that_are_no_json(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(json.dumps(line_of()).encode() + b"\n{nope\n")
    assert f"Line 2 of {path} is not valid JSON: " in problem_of(path)
    path.write_bytes(b"\xff\xfe\n")
    assert "byte order mark" in problem_of(path)
    path.write_bytes(b"")
    assert "is empty" in problem_of(path)


# Bytes of any kind.


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_broken_files_are_refused_in_words(tmp_path: Path, data: st.DataObject) -> None:
    folder = write_folder(tmp_path, small_corpus(), protocol=data.draw(st.sampled_from([0, 2])))
    path = folder / data.draw(st.sampled_from(["refs(umd).p", "instances.json"]))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3) | st.sampled_from(VALUES))
    path.write_bytes(content)
    try:
        corpus = read_refcocog(folder, split="all")
    except NegdataError as error:
        problem = error.problem
    else:
        problem = "" if corpus.images else "nothing"
    assert problem == "" or problem.endswith(".")


VALUES = [b"null", b"-1", b"1e999", b'""', b"[]", b"{}", b"NaN", b"true", b"99999999999999999999"]
