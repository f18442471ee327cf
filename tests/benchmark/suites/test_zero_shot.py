"""Zero-shot classification: folders of classes, well-known datasets, names, sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.suites.base import ClassBench
from negdata.benchmark.suites.class_names import read_class_names, read_templates
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import image_files, lines, written

WNIDS = ("n01440764", "n01443537")


def classified(root: Path, *, classes: Path | None = None, templates: Path | None = None) -> ClassBench:
    bench = read_bench(root, classes=classes, templates=templates)
    assert isinstance(bench, ClassBench)
    return bench


def labelled(bench: ClassBench) -> dict[str, str]:
    """The class of each image, by name."""
    return {image: bench.classes[label] for image, label in zip(bench.images, bench.labels, strict=True)}


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_folders_of_classes_in_full(tmp_path: Path) -> None:
    root = image_files(tmp_path, "tabby_cat/2.jpg", "tabby_cat/1.PNG", "dog/a/1.jpeg", "dog/notes.txt", "loose.jpg")
    (root / "empty").mkdir()
    (root / ".cache").mkdir()
    assert classified(root) == ClassBench(
        "zero-shot",
        path=root,
        root=root,
        classes=("dog", "tabby cat"),
        prompts=(("a photo of a dog.",), ("a photo of a tabby cat.",)),
        images=("dog/a/1.jpeg", "tabby_cat/1.PNG", "tabby_cat/2.jpg"),
        labels=(0, 1, 1),
        left_out={"class folders without an image": 1},
    )


@pytest.mark.parametrize(("splits", "taken"), [(("train", "val"), "val"), (("train", "val", "test"), "test")])
def test_of_splits_the_test_is_taken(tmp_path: Path, splits: tuple[str, ...], taken: str) -> None:
    root = image_files(tmp_path, *(f"{split}/{kind}/1.jpg" for split in splits for kind in ("cat", "dog")))
    assert labelled(classified(root)) == {f"{taken}/cat/1.jpg": "cat", f"{taken}/dog/1.jpg": "dog"}


def test_a_test_split_without_labels_is_passed_over(tmp_path: Path) -> None:
    root = image_files(tmp_path, "test/1.jpg", "val/cat/1.jpg", "val/dog/1.jpg")
    assert set(labelled(classified(root))) == {"val/cat/1.jpg", "val/dog/1.jpg"}


def test_a_training_split_alone_is_refused(tmp_path: Path) -> None:
    root = image_files(tmp_path, "train/cat/1.jpg", "train/dog/1.jpg")
    with pytest.raises(NegdataError, match="has a training split and no folder of classes in any other"):
        classified(root)
    assert len(classified(root / "train").images) == 2


def test_imagenet_is_named_by_the_files_that_come_with_it(tmp_path: Path) -> None:
    root = image_files(tmp_path / "imagenet", *(f"val/{wnid}/1.JPEG" for wnid in WNIDS))
    with pytest.raises(NegdataError, match=r"named by codes, such as n01440764.*--classes"):
        classified(root)
    text(root / "LOC_synset_mapping.txt", "n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n")
    for folder in (root, root / "val"):
        assert classified(folder).classes == ("tench", "goldfish")
    written(root / "imagenet_class_index.json", {"0": [WNIDS[0], "great_tench"], "1": [WNIDS[1], "goldfish"]})
    assert classified(root).classes == ("great tench", "goldfish")


def test_countries_need_names(tmp_path: Path) -> None:
    root = image_files(tmp_path / "country211", "test/AD/1.jpg", "test/ZW/1.jpg")
    with pytest.raises(NegdataError, match="named by codes, such as AD"):
        classified(root)
    assert classified(root, classes=written(tmp_path / "c.json", ["Andorra", "Zimbabwe"])).classes[0] == "Andorra"


@pytest.mark.parametrize(
    "content",
    [
        '["tench", "goldfish"]',
        '{"n01443537": "goldfish", "n01440764": "tench", "n99999999": "unused"}',
        "tench\ngoldfish\n",
        "n01443537\tgoldfish\nn01440764\ttench\n",
        "n01440764 tench, Tinca tinca\nn01443537 goldfish\n",
        "\ufefftench\r\ngoldfish\r\n",
    ],
)
def test_names_of_classes_come_in_many_forms(tmp_path: Path, content: str) -> None:
    assert read_class_names(text(tmp_path / "c.txt", content), WNIDS) == dict(
        zip(WNIDS, ("tench", "goldfish"), strict=True)
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('["tench"]', "has 1 names, and there are 2 classes"),
        ('{"n01440764": "tench"}', "names no class for 'n01443537'"),
        ('["tench", 7]', "names the class 'n01443537' 7, which is no name"),
        ('["tench", " "]', "which is no name"),
        ('["tench", "a\\nb"]', "which is no name"),
        ('["tench"', "is not valid JSON"),
        ("{}", "names no class for 'n01440764', 'n01443537'"),
        ("tench\n", "has 1 names, and there are 2 classes"),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        read_class_names(text(tmp_path / "c.txt", content), WNIDS)
    assert said in refused.value.problem


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(NegdataError, match="is not UTF-8 at byte 3"):
        read_class_names(tmp_path / "c.txt", WNIDS)
    with pytest.raises(NegdataError, match="doesn't exist"):
        read_class_names(tmp_path / "none.txt", WNIDS)


def test_each_template_makes_a_prompt(tmp_path: Path) -> None:
    root = image_files(tmp_path / "pets", "cat/1.jpg", "dog/1.jpg")
    own = text(tmp_path / "t.txt", "# mine\n\na photo of a {}.\n{}, no more than a {}\n{0.__class__} of {}\n")
    assert classified(root, templates=own).prompts[0] == (
        "a photo of a cat.",
        "cat, no more than a cat",
        "{0.__class__} of cat",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# nothing\n", "has no sentence"),
        ("a photo.\n", "has the line 'a photo.', which is no sentence with {}"),
        ("a {0} {name}.\n", "which is no sentence with {}"),
        ("a {} " + "x" * 500, "which is no sentence with {}"),
    ],
)
def test_wrong_templates_are_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        read_templates(text(tmp_path / "t.txt", content))
    assert said in refused.value.problem


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_file_of_names_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.mktemp("names") / "c.txt"
    path.write_text(content, encoding="utf-8", newline="")
    try:
        named = read_class_names(path, WNIDS)
    except NegdataError:
        return
    assert set(named) == set(WNIDS)
    assert all(name.strip() for name in named.values())


def test_food_101(tmp_path: Path) -> None:
    root = image_files(tmp_path, "images/apple_pie/1011328.jpg", "images/pho/1.jpg", "images/pho/in-training.jpg")
    text(root / "meta" / "test.txt", "apple_pie/1011328\npho/1\n")
    assert labelled(classified(root)) == {"images/apple_pie/1011328.jpg": "apple pie", "images/pho/1.jpg": "pho"}
    text(root / "meta" / "classes.txt", "apple_pie\npho\n")
    text(root / "meta" / "labels.txt", "Apple pie\nPho\n")
    assert classified(root).classes == ("Apple pie", "Pho")


def test_oxford_iiit_pet(tmp_path: Path) -> None:
    root = image_files(tmp_path, "images/Abyssinian_201.jpg", "images/german_shorthaired_102.jpg")
    text(root / "annotations" / "test.txt", "#Image CLASS-ID\nAbyssinian_201 1 1 1\ngerman_shorthaired_102 16 2 9\n")
    assert labelled(classified(root)) == {
        "images/Abyssinian_201.jpg": "Abyssinian",
        "images/german_shorthaired_102.jpg": "german shorthaired",
    }


def test_dtd(tmp_path: Path) -> None:
    root = image_files(tmp_path, "images/banded/banded_0004.jpg", "images/zigzagged/zigzagged_0001.jpg")
    text(root / "labels" / "test1.txt", "banded/banded_0004.jpg\nzigzagged/zigzagged_0001.jpg\n")
    assert labelled(classified(root))["images/banded/banded_0004.jpg"] == "banded"


def test_caltech_101(tmp_path: Path) -> None:
    folder = "101_ObjectCategories"
    root = image_files(
        tmp_path, f"{folder}/BACKGROUND_Google/1.jpg", f"{folder}/Faces_easy/1.jpg", f"{folder}/ant/1.jpg"
    )
    bench = classified(root)
    assert bench.classes == ("Faces easy", "ant")
    assert bench.left_out == {"images of BACKGROUND_Google": 1}


def test_eurosat(tmp_path: Path) -> None:
    root = image_files(tmp_path, "2750/AnnualCrop/AnnualCrop_1.jpg", "2750/SeaLake/SeaLake_1.jpg")
    assert classified(root).classes == ("annual crop", "sea lake")


def test_sun397(tmp_path: Path) -> None:
    root = image_files(tmp_path, "a/access_road/sun_1.jpg", "c/church/indoor/sun_2.jpg", "c/church/outdoor/sun_3.jpg")
    text(root / "ClassName.txt", "/a/access_road\n/c/church/indoor\n/c/church/outdoor\n")
    assert labelled(classified(root)) == {
        "a/access_road/sun_1.jpg": "access road",
        "c/church/indoor/sun_2.jpg": "church indoor",
        "c/church/outdoor/sun_3.jpg": "church outdoor",
    }


@pytest.mark.parametrize(
    ("mark", "said"), [("imagelabels.mat", "Flowers 102"), ("batches.meta", "CIFAR-10 as pickles")]
)
def test_what_is_not_read_says_so(tmp_path: Path, mark: str, said: str) -> None:
    image_files(tmp_path, mark, "jpg/1.jpg")
    with pytest.raises(NegdataError, match=f"{said}.*Sort its images into class folders"):
        classified(tmp_path)


@pytest.mark.parametrize("line", ["../../etc/passwd", "a/../../b", "a\\b", "a\x07b"])
def test_a_list_of_files_leads_nowhere_else(tmp_path: Path, line: str) -> None:
    image_files(tmp_path, "images/pho/1.jpg")
    text(tmp_path / "meta" / "test.txt", f"pho/1\n{line}\n")
    with pytest.raises(NegdataError, match=r"test\.txt has a problem: line 2: the file "):
        classified(tmp_path)


def test_one_class_or_none_is_refused(tmp_path: Path) -> None:
    image_files(tmp_path, "cat/1.jpg")
    with pytest.raises(NegdataError, match="has images of one class: there is nothing to tell apart"):
        classified(tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(NegdataError, match="has images of no class"):
        read_bench(tmp_path / "nothing", suite="zero-shot")
    with pytest.raises(NegdataError, match="is no folder"):
        read_bench(lines(tmp_path / "a.jsonl", {}), suite="zero-shot")
