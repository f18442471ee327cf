"""The card says what is true, and what others wrote stays text in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from negdata.exclusion import ImageKeys
from negdata.train.card import CARD, CardData, CardFacts, hub_name, model_card, shown_model, write_card
from negdata.train.gains import Gain, Gains, Gate
from negdata.train.pairs import Pair
from negdata.train.recipe import Recipe
from negdata.train.settings import FinetuneSettings
from negdata.yamlfile import read_mapping

RECIPE = Path(__file__).resolve().parents[2] / "train" / "default.yaml"
HOSTILE = "a <script>alert(1)</script> | ![x](http://e.vil/x) [y](javascript:z) `code` **b** \n# head\n```\n---\n"


@pytest.fixture
def facts(tmp_path: Path) -> CardFacts:
    bench = tmp_path / "secret home" / "bench.csv"
    bench.parent.mkdir()
    bench.write_text("image_path,caption\nval/7.png,a\nval/8.png,b\n")
    row = Gain(
        bench="held-out captions", suite="held-out", metric="R@5 text→image", before=0.5, after=0.4875,
        difference=-1.25, low=-2.0, high=-0.5, n=90, of=100, chance=0.05, p_value=0.003,
    )  # fmt: skip
    other = Gain(
        bench="bench.csv", suite="pairs", metric="accuracy", before=0.5, after=0.75, difference=25.0, n=4, of=4
    )
    (bench.parent / "val2017").mkdir(exist_ok=True)
    return CardFacts(
        settings=FinetuneSettings(
            data=bench.parent / "clean.jsonl",
            images=bench.parent / "val2017",
            model="openai/clip-vit-base-patch32",
            out=tmp_path / "negationclip",
            benches=(bench,),
            exclude=(bench.parent / "NegRefCOCOg.json",),
            licence="mit",
            data_licence="cc-by-4.0",
        ),
        recipe=Recipe.model_validate(read_mapping(RECIPE)[0]),
        data=CardData(
            name="clean.jsonl",
            digest="abc",
            rows=1200,
            rejected={"excluded": 200},
            trained=900,
            held_out=100,
            images=500,
            trained_on=ImageKeys.of(["7.png", "9.png"]),
            verifiers=("llava",),
            examples=(Pair("1", "7.png", "a cat", "a cat with no dog"),),
        ),
        gains=Gains(rows=[row, other], gate=Gate(drop=1.25, max_drop=2.0, passed=True), notes=["bench.csv: a note"]),
        kept="epoch 3",
    )


def _front(card: str) -> dict[str, object]:
    found = re.match(r"---\n(.*?)\n---\n", card, re.S)
    assert found
    front = yaml.safe_load(found[1])
    assert isinstance(front, dict)
    return front


def test_the_front_matter_is_the_hubs(facts: CardFacts) -> None:
    front = _front(model_card(facts, curve=False))
    assert front["license"] == "mit"
    assert front["base_model"] == "openai/clip-vit-base-patch32"
    assert front["pipeline_tag"] == "zero-shot-image-classification"
    assert {"clip", "negation"} <= set(front["tags"])  # type: ignore[call-overload]


def test_what_it_says(facts: CardFacts) -> None:
    card = model_card(facts, curve=True)
    row = "| held-out captions | R@5 text→image | 50.00 | 48.75 | -1.25 | -2.00 to -0.50 | 0.003 | 5.00 | 90 of 100 |"
    assert row in card
    assert "| bench.csv | accuracy | 50.00 | 75.00 | +25.00 | – | – | – | 4 |" in card
    assert "Gate passed: R@5 text→image on held-out captions fell by 1.25 points; it may fall by 2." in card
    assert "The gate failed" not in card
    assert "rows: 1,200; trained on 900, held out 100" in card
    assert "not used, excluded: 200" in card
    assert "looked for in the image by: llava" in card
    assert "“a cat” → “a cat with no dog”" in card
    assert "left out of the training data: NegRefCOCOg.json" in card
    assert "**bench.csv: 1 of its images were trained on" in card
    assert "CLIPModel.from_pretrained('negationclip')" in card
    assert "negdata eval bench.csv --images val2017 --model negationclip" in card
    assert "![Training and validation loss over the steps](curve.svg)" in card
    (recipe,) = re.findall(r"```yaml\n(.*?)\n```", card, re.S)
    assert Recipe.model_validate(yaml.safe_load(recipe)) == facts.recipe


def test_a_gate_that_failed_is_said_at_the_top(facts: CardFacts) -> None:
    failed = Gate(drop=3.0, max_drop=2.0, passed=False)
    card = model_card(replace(facts, gains=facts.gains.model_copy(update={"gate": failed})), curve=False)
    assert card.index("**The gate failed") < card.index("## How to use it")
    assert "**Gate failed**: R@5 text→image on held-out captions fell by 3.00 points" in card
    assert "curve.svg" not in card


def test_no_folder_is_named(facts: CardFacts, tmp_path: Path) -> None:
    local = replace(facts, settings=replace(facts.settings, model=str(tmp_path / "secret home" / "clip.pt")))
    for card in (model_card(facts, curve=True), model_card(local, curve=True)):
        assert "secret home" not in card
        assert str(tmp_path) not in card
    card = model_card(local, curve=True)
    assert "It began as clip.pt" in card
    assert "base_model" not in _front(card)  # a name on the hub would be another model


@pytest.mark.parametrize("where", ["caption", "data", "reason", "note", "bench", "recipe", "verifier", "kept"])
def test_text_of_others_stays_text(facts: CardFacts, where: str) -> None:
    data, gains, recipe = facts.data, facts.gains, facts.recipe
    if where == "caption":
        data = replace(data, examples=(Pair("1", "i", HOSTILE, HOSTILE),))
    elif where == "data":
        data = replace(data, name=HOSTILE, digest=HOSTILE)
    elif where == "reason":
        data = replace(data, rejected={HOSTILE: 1})
    elif where == "verifier":
        data = replace(data, verifiers=(HOSTILE,))
    elif where == "note":
        gains = gains.model_copy(update={"notes": [HOSTILE]})
    elif where == "bench":
        gains = gains.model_copy(update={"rows": [gains.rows[0].model_copy(update={"bench": HOSTILE})]})
    elif where == "recipe":
        recipe = recipe.model_copy(update={"name": HOSTILE, "description": HOSTILE})
    card = model_card(
        replace(facts, data=data, gains=gains, recipe=recipe, kept=HOSTILE if where == "kept" else ""), curve=False
    )
    plain = re.sub(r"^(`{3,})yaml\n.*?^\1$", "", card, flags=re.S | re.M)
    assert "alert(1)" in plain
    assert "<script" not in plain
    assert not re.search(r"(?<!\\)\[[xy]\\?\]\(", plain)
    headings = re.findall(r"^#+ .*$", plain, re.M)
    assert [one for one in headings if "head" in one] == []
    assert len(headings) == 7
    assert plain.count("```") == 4


def test_models_are_named_without_their_folder(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    assert shown_model(str(tmp_path / "clip")) == "clip"
    assert shown_model("open_clip:ViT-B-32/openai") == "open_clip:ViT-B-32/openai"
    assert shown_model(f"open_clip:ViT-B-32/{tmp_path}/a.pt") == "open_clip:ViT-B-32/a.pt"
    assert hub_name(str(tmp_path / "clip")) is None
    assert hub_name("open_clip:hf-hub:org/clip") == "org/clip"
    assert hub_name("open_clip:ViT-B-32/openai") is None


def test_it_is_written_with_the_curve_that_is_there(facts: CardFacts, tmp_path: Path) -> None:
    write_card(tmp_path, facts)
    assert "curve.svg" not in (tmp_path / CARD).read_text()
    (tmp_path / "curve.svg").write_text("<svg/>")
    write_card(tmp_path, facts)
    assert "(curve.svg)" in (tmp_path / CARD).read_text()
