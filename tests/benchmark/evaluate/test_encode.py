"""Everything is read, cut and encoded once, in the order of the plan, and what can't be is told of."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.evaluate.encode import Encoding
from negdata.benchmark.evaluate.plan import Plan, Sight, Wording, plan_for
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, RetrievalBench, View
from negdata.clip.feeding import AHEAD
from negdata.errors import NegdataError
from negdata.images import Stored
from negdata.progress import Progress
from tests.benchmark.evaluate.standins import LEFT, RIGHT, StandIn, encoded_by, read, regions, two_halves

torch = pytest.importorskip("torch")


class Counting(StandIn):
    """Counts what it is shown, by what the picture looks like."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: Counter[bytes] = Counter()
        self.order: list[bytes] = []
        self._lock = threading.Lock()

    def prepare(self, picture: Image.Image) -> Any:
        with self._lock:
            self.prepared[picture.tobytes()] += 1
        return super().prepare(picture)

    def see(self, picture: Any) -> Sequence[float]:
        self.order.append(picture.numpy().tobytes())
        return super().see(picture)


def _many(folder: Path, images: int, phrases: int) -> ChoiceBench:
    """Several phrases about the same two crops of each image, and about the whole of it."""
    items = []
    for number in range(images):
        name = f"{number}.png"
        two_halves(folder, name, "red", "blue")
        Image.new("RGB", (40, 20), (number, 0, 0)).save(folder / name)
        views = (View(name, LEFT), View(name, RIGHT), View(name))
        items += [ChoiceItem(f"{number}:{one}", views, ("a red thing",), 0) for one in range(phrases)]
    return ChoiceBench("negrefcocog", folder / "bench.json", tuple(items))


def test_files_are_read_once_and_each_view_and_text_encoded_once_a_model(tmp_path: Path) -> None:
    found: Counter[str] = Counter()

    def reader(folder: Path, name: str) -> Stored:
        found[name] += 1
        return read(folder, name)

    bench = _many(tmp_path, 5, 4)
    searched = RetrievalBench("coco", tmp_path / "coco.json", ("0.png", "3.png"), ("a red thing", "one"), (0, 1))
    models = [StandIn(), StandIn()]
    encoded_by(models, [bench, searched], tmp_path, reader=reader)
    assert found == {f"{number}.png": 1 for number in range(5)}
    for model in models:
        assert sum(model.images) == 15
        assert model.texts == [["a red thing", "one"]]


def test_embeddings_are_those_of_each_crop_encoded_by_itself(tmp_path: Path) -> None:
    bench = _many(tmp_path, 6, 1)
    (encoded,), _ = encoded_by([StandIn()], [bench], tmp_path, batch_size=4)
    alone = StandIn()
    for item in bench.items:
        whole = Image.open(tmp_path / item.views[0].image)
        crops = [whole.crop((0, 0, 20, 20)), whole.crop((20, 0, 40, 20)), whole]
        expected = torch.cat([alone.encode_images(alone.prepare(crop)[None]) for crop in crops])
        assert encoded.views([Sight(tmp_path, view) for view in item.views]) == pytest.approx(expected.numpy())
    assert encoded.texts([Wording("a red thing")]) == pytest.approx(alone.encode_texts(["a red thing"]).numpy())


@pytest.mark.parametrize(("batch_size", "batches"), [(3, [3] * 4), (8, [6, 6]), (100, [12]), (2, [2, 1] * 4)])
def test_what_belongs_together_is_in_one_batch(batch_size: int, batches: list[int], tmp_path: Path) -> None:
    model = StandIn()
    encoded_by([model], [_many(tmp_path, 4, 1)], tmp_path, batch_size=batch_size)
    assert model.images == batches


def test_views_are_shown_in_the_order_of_the_plan_however_many_threads_there_are(tmp_path: Path) -> None:
    bench = _many(tmp_path, 12, 1)
    plan = plan_for([bench], tmp_path, 1)
    shown = []
    for workers in (1, 5):
        model = Counting()
        Encoding([model], plan, read=read, batch_size=5, workers=workers).run()
        shown.append(model.order)
    assert shown[0] == shown[1]
    assert len(shown[0]) == len(plan.sights) == 36


def test_failed_views_fail_by_themselves(tmp_path: Path) -> None:
    bench = regions(tmp_path, 5)
    (tmp_path / "0.png").unlink()
    (tmp_path / "1.png").write_bytes((tmp_path / "2.png").read_bytes()[:60])
    outside = ChoiceItem("outside", (View("2.png", LEFT), View("2.png", (30, 0, 20, 20))), ("red",), 0)
    (encoded,), _ = encoded_by([StandIn()], [ChoiceBench("x", bench.path, (*bench.items, outside))], tmp_path)
    codes = {(sight.view.image, sight.view.box): error.code for sight, error in encoded.failed.items()}
    assert codes == {
        ("0.png", LEFT): "image-missing",
        ("0.png", RIGHT): "image-missing",
        ("1.png", LEFT): "image-broken",
        ("1.png", RIGHT): "image-broken",
        ("2.png", (30, 0, 20, 20)): "region-outside",
    }
    assert all(error.__traceback__ is None for error in encoded.failed.values())  # or it would hold a picture


class Choosy(StandIn):
    """Its processor doesn't take narrow pictures."""

    def prepare(self, picture: Image.Image) -> Any:
        if picture.width < 20:
            raise ValueError("height and width must be > 0")
        return super().prepare(picture)


def test_a_view_that_one_model_cannot_take_counts_for_none(tmp_path: Path) -> None:
    regions(tmp_path, 1)
    views = (View("0.png", (0, 0, 10, 20)), View("0.png", RIGHT))
    bench = ChoiceBench("x", tmp_path / "x.json", (ChoiceItem("0", views, ("red",), 0),))
    models = [StandIn(), Choosy()]
    encoded, _ = encoded_by(models, [bench], tmp_path)
    assert [model.images for model in models] == [[1], [1]]
    for one in encoded:
        ((sight, error),) = one.failed.items()
        assert sight.view == views[0]
        assert (error.code, str(error)) == (
            "crop-unusable",
            "0.png can't be prepared: ValueError: height and width must be > 0",
        )


def test_progress_counts_everything_once(tmp_path: Path) -> None:
    bench = regions(tmp_path, 6)
    (tmp_path / "3.png").unlink()
    seen: list[Progress] = []
    plan = plan_for([bench], tmp_path, 0)
    Encoding([StandIn()], plan, read=read, batch_size=4, workers=2, on_progress=seen.append).run()
    assert seen[0].done == 0
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert (seen[-1].done, seen[-1].total, seen[-1].failed) == (13, 13, 2)


def test_reading_ahead_is_bounded(tmp_path: Path) -> None:
    """While the model is at work, no more files are read than threads can hold ready."""
    begun: list[str] = []
    most = 0

    def reader(folder: Path, name: str) -> Stored:
        begun.append(name)
        return read(folder, name)

    class Slow(StandIn):
        def encode_images(self, prepared: Any) -> Any:
            nonlocal most
            threading.Event().wait(0.02)
            most = max(most, len(begun) - len(self.images) * 2)
            return super().encode_images(prepared)

    bench = regions(tmp_path, 60)
    encoded_by([Slow()], [bench], tmp_path, batch_size=4, reader=reader)
    assert most <= 2 + AHEAD * 2 + 2


class Large(StandIn):
    def encode_images(self, prepared: Any) -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB.")


def test_a_batch_that_is_too_large_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="huge runs out of memory on a batch of 6") as raised:
        encoded_by([Large("huge")], [regions(tmp_path, 3)], tmp_path)
    assert "--batch-size" in raised.value.remedy


def test_texts_of_an_item_come_in_the_order_in_which_they_are_shown() -> None:
    plan = Plan()
    plan.add((), ("b", "a", "b"))
    plan.add((), ("a", "c"))
    plan.add((), ("c",))
    assert plan.texts == [[Wording("b"), Wording("a")], [Wording("c")]]
    assert plan.wordings == {Wording("b"): 0, Wording("a"): 1, Wording("c"): 2}


def test_what_was_shown_is_shown_again_only_where_the_order_would_be_another() -> None:
    plan, view = Plan(), View("a.jpg")
    first = ChoiceItem("1", (view,), ("a", "b"), 0)
    swapped = ChoiceItem("2", (view,), ("b", "a"), 0)
    more = ChoiceItem("3", (view,), ("c", "b"), 0)
    asked = [plan.ask(item, (0, 1), Path()) for item in (first, swapped, first, swapped, more)]
    assert [one.wordings for one in asked] == [
        (Wording("a"), Wording("b")),
        (Wording("b"), Wording("a", 1)),
        (Wording("a"), Wording("b")),
        (Wording("b"), Wording("a", 1)),
        (Wording("c"), Wording("b", 1)),
    ]
    assert list(plan.wordings) == [Wording("a"), Wording("b"), Wording("a", 1), Wording("c"), Wording("b", 1)]
    assert len(plan.sights) == 1
