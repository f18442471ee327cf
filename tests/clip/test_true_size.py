"""A CLIP of the true shape scores the same in every form; ``python -m tests.clip.true_size`` asks for more crops."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

from tests.clip.true_size import COCO, TOLERANCE, differences


@pytest.mark.slow
def test_three_forms_and_open_clip_alone_score_the_same(tmp_path: Path) -> None:
    if not (COCO / "val2017").is_dir():
        pytest.skip("needs the photographs of ../shared/data/coco")
    found = differences(tmp_path, 8, print)
    assert len(found) == 6
    assert max(found.values()) < TOLERANCE, found
