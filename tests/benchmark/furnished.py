"""What the documentation's commands about benchmarks read: annotations, benchmark files, images and small models."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.benchmark.regions import Box, ReferringCorpus
from tests.benchmark.corpora import corpus_of, image_of
from tests.benchmark.refcocog_folder import write_folder
from tests.vision.hub import put_under_name

LEFT, RIGHT = (20.0, 100.0, 150.0, 200.0), (300.0, 100.0, 160.0, 210.0)
GREEN = (30, 160, 30)
"""The colour of regions that a phrase fits."""
CLIP = "openai/clip-vit-base-patch32"


def two_men(number: int = 12) -> ReferringCorpus:
    """Images of two men, of whom one has no hat."""
    return corpus_of(
        *(
            image_of(
                [(1, LEFT), (1, RIGHT)],
                {at % 2: [f"man {at} with no hat"], (at + 1) % 2: ["a man in a hat"]},
                number=at,
            )
            for at in range(1, number + 1)
        )
    )


def draw(corpus: ReferringCorpus, folder: Path) -> None:
    """The images of ``two_men``: the one with no hat is green."""
    folder.mkdir(parents=True, exist_ok=True)
    for image in corpus.images:
        picture = Image.new("RGB", (image.width, image.height), "white")
        box: Box = (LEFT, RIGHT)[image.references[0].annotation_id % 1000]
        picture.paste(GREEN, (int(box[0]), int(box[1]), int(box[0] + box[2]), int(box[1] + box[3])))
        picture.save(folder / image.file_name)


def sees_green(picture: Image.Image, question: str) -> float:
    """A model that says that phrases fit what is green."""
    reds = picture.convert("RGB").resize((20, 20), Image.Resampling.NEAREST).tobytes()[::3]
    return 0.9 if any(red < 128 for red in reds) else 0.1


def furnish_regions(folder: Path) -> None:
    """``refcocog``, ``train2014``, and the two editions built from them."""
    corpus = two_men()
    write_folder(folder / "refcocog", corpus)
    draw(corpus, folder / "train2014")
    for name, definition in (("NegRefCOCOg.json", "negrefcocog"), ("strict.json", "negrefcocog-strict")):
        build_benchmark(BuildSettings(source=folder / "refcocog", out=folder / name, definition=definition))


def furnish_statements(folder: Path, names: list[str]) -> None:
    """``mcq.csv`` and ``existence.json`` about these images."""
    header = "image_path,correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template"
    rows = [f"{name},0,A dog.,No dog.,A cat.,A dog but no cat.,positive" for name in names]
    (folder / "mcq.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    record = {"caption": "There is no dog.", "foil": "There is a dog.", "mturk": {"caption": 3}}
    existence = {f"existence_{at}": record | {"image_file": name} for at, name in enumerate(names)}
    (folder / "existence.json").write_text(json.dumps(existence), encoding="utf-8")


def furnish_models(folder: Path, home: Path) -> None:
    """``negationclip``, and a CLIP in the hub's cache under the name of OpenAI's; both small and untrained."""
    from tests.clip.tiny import clip_folder, state_dict

    clip_folder(folder / "negationclip", state_dict(seed=1))
    put_under_name(clip_folder(folder / "clip"), CLIP, home)
