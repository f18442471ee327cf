"""Images are read once for all who ask, and never from outside their folder."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from negdata.images import open_images
from negdata.pictures import BadImage, as_ppm
from negdata.verify.pictures import KEPT, Pictures
from tests.verify.standins import picture


class Reading:
    """Pictures of a folder, and how often each size was encoded; each test gives its images sizes of their own."""

    def __init__(self, folder: Path, max_pixels: int = 1_000_000) -> None:
        self.encoded: Counter[tuple[int, int]] = Counter()
        self.threads: set[int] = set()
        self.pictures = Pictures(open_images(folder), max_pixels, self._encode)

    def _encode(self, image: Image.Image) -> bytes:
        self.encoded[image.size] += 1
        self.threads.add(threading.get_ident())
        return as_ppm(image)

    def run(self, work: Callable[[Pictures], Awaitable[object]]) -> None:
        async def whole() -> None:
            try:
                await work(self.pictures)
            finally:
                self.pictures.close()

        asyncio.run(whole())


def test_all_who_ask_at_once_wait_for_one_reading(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", "red")
    reading = Reading(tmp_path)

    async def work(pictures: Pictures) -> None:
        found = await asyncio.gather(*(pictures.get("a.png") for _ in range(50)))
        assert set(found) == {b"P6 32 24 255\n" + bytes((255, 0, 0)) * (32 * 24)}
        assert await pictures.get("a.png") == found[0]

    reading.run(work)
    assert reading.encoded.total() == 1
    assert threading.get_ident() not in reading.threads


def test_one_that_gives_up_takes_the_image_from_no_other(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    reading = Reading(tmp_path)

    async def work(pictures: Pictures) -> None:
        first = asyncio.ensure_future(pictures.get("a.png"))
        second = asyncio.ensure_future(pictures.get("a.png"))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).startswith(b"P6")
        with pytest.raises(asyncio.CancelledError):
            await first

    reading.run(work)


def test_only_so_many_are_kept_and_those_in_use_are(tmp_path: Path) -> None:
    for number in range(KEPT + 1):
        Image.new("RGB", (number + 1, 1)).save(tmp_path / f"{number}.png")
    reading = Reading(tmp_path)

    async def work(pictures: Pictures) -> None:
        for number in range(KEPT + 1):
            await pictures.get(f"{number}.png")
            await pictures.get("0.png")
        await pictures.get("1.png")

    reading.run(work)
    assert reading.encoded.pop((2, 1)) == 2, "the one that was not asked for the longest"
    assert set(reading.encoded.values()) == {1}


def test_large_pictures_are_shrunk(tmp_path: Path) -> None:
    Image.new("RGB", (400, 300)).save(tmp_path / "a.png")
    reading = Reading(tmp_path, max_pixels=12_000)

    async def work(pictures: Pictures) -> None:
        await pictures.get("a.png")

    reading.run(work)
    (size,) = reading.encoded
    assert size[0] * size[1] <= 12_000
    assert size[0] / size[1] == pytest.approx(4 / 3, rel=0.02)


@pytest.mark.parametrize(
    "name", [None, "", "../a.png", "x/../../a.png", "/etc/hostname", "..\\a.png", "C:\\a.png", "a\nb"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str | None) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "images").mkdir()
    reading = Reading(tmp_path / "images")

    async def work(pictures: Pictures) -> None:
        for _ in range(2):
            with pytest.raises(BadImage) as refused:
                await pictures.get(name)
            assert refused.value.code == "image-missing"

    reading.run(work)
    assert not reading.encoded
