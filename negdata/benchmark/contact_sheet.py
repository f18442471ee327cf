"""``OUT.html``: items drawn on their images, for a person to read and judge."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.benchmark.items import RegionItem
from negdata.images import Images, open_images
from negdata.pictures import BadImage, as_jpeg, decode
from negdata.whole_files import write_whole

if TYPE_CHECKING:
    from PIL.Image import Image

TEMPLATE = Path(__file__).with_name("contact_sheet.html.j2")
_WIDEST = 480
_MOST_PIXELS = 480 * 480


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An item, the picture as a data URL (empty where there is none), and why there is none."""

    item: RegionItem
    picture: str
    missing: str

    @property
    def right(self) -> int:
        return self.item.bbox_list.index(self.item.ref_bbox)


def write_contact_sheet(title: str, items: Sequence[RegionItem], number: int, images: Path | None, path: Path) -> int:
    """Draws ``number`` items, spread evenly over the benchmark, those first whose images are there.

    Returns how many of them have their image. The page opens without a network; text from files is escaped, and no
    script is in it.

    Raises:
        NegdataError: the page can't be written, or ``images`` not be opened.
    """
    from jinja2 import Environment, StrictUndefined

    opened = None if images is None else open_images(images)
    drawn = [_draw(item, opened) for item in _chosen(items, number, opened)]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title, drawn=drawn, widest=_WIDEST, items=len(items), images=images
    )
    write_whole(path, page.encode())
    return sum(1 for one in drawn if one.picture)


def _chosen(items: Sequence[RegionItem], number: int, images: Images | None) -> list[RegionItem]:
    there = [item for item in items if images is not None and images.find(item.image) is not None]
    absent = [item for item in items if item not in there] if len(there) < number else []
    return [*_spread(there, number), *_spread(absent, number - len(there))]


def _spread(items: Sequence[RegionItem], number: int) -> list[RegionItem]:
    """Every n-th of them, so that all parts of the benchmark are seen."""
    if number <= 0 or not items:
        return []
    step = max(1.0, len(items) / number)
    return [items[int(at * step)] for at in range(min(number, len(items)))]


def _draw(item: RegionItem, images: Images | None) -> _Drawn:
    if images is None:
        return _Drawn(item, "", "no folder of images was given")
    try:
        stored = images.read(item.image)
        picture = decode(stored.content, stored.where, max_pixels=_MOST_PIXELS)
    except BadImage as bad:
        return _Drawn(item, "", str(bad))
    return _Drawn(item, _data_url(picture), "")


def _data_url(picture: Image) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(as_jpeg(picture)).decode()
