"""What the small CLIP has learnt after a minute: no longer to look for what is denied.

That it comes to look for its absence takes ten minutes: ``python -m tests.quality.finetuning`` measures it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.demo.holdout import every_pair
from negdata.demo.small_clip_folder import SMALL_CLIP
from negdata.train import FinetuneSettings, finetune
from tests.train.world import benchmark, training_data


def test_the_denied_thing_is_looked_for_no_more(tmp_path: Path) -> None:
    made = training_data(tmp_path / "data", 240, captions_an_image=2)
    bench = benchmark(tmp_path / "bench", 60, 3, pairs=every_pair())
    report = finetune(
        FinetuneSettings(
            data=made.captions,
            images=made.images,
            model=str(SMALL_CLIP),
            out=tmp_path / "out",
            overrides=("batches.size=32", "epochs=9", "steps=60", "optimizer.lr=1e-3", "keep.alphas=[1.0]"),
            benches=(bench.file,),
            bench_images=bench.images,
            device="cpu",
        )
    )
    assert report is not None
    (gain,) = (one for one in report.gains.rows if one.metric == "accuracy")
    assert gain.n >= 100
    assert gain.before < 0.2
    assert gain.low is not None
    assert gain.low > 10, gain
