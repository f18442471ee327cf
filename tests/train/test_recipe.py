"""The recipes: what ships is whole, what is wrong is named, and single values can be replaced."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.train.overrides import with_overrides
from negdata.train.recipe import Recipe
from negdata.train.recipes import check_recipes, load_recipe, load_recipes, recipe_file, recipe_keys

RECIPES = load_recipes()
NAMES = [recipe.name for recipe in RECIPES]


def values_of(recipe: Recipe) -> dict[str, Any]:
    return recipe.model_dump(mode="json")


def leaves(values: dict[str, Any], prefix: str = "") -> list[str]:
    """The dotted keys of everything that isn't a section."""
    found = []
    for key, value in values.items():
        found += leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


def refusal(recipe: Recipe, *overrides: str) -> str:
    with pytest.raises(NegdataError) as refused:
        with_overrides(recipe, overrides)
    return refused.value.problem


@pytest.fixture
def default() -> Recipe:
    return load_recipe("default")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_recipe_survives_being_written_and_read(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    copy = tmp_path / f"{name}.yaml"
    copy.write_text(yaml.safe_dump(values_of(recipe)))
    assert load_recipe(str(copy)) == recipe
    assert load_recipe(str(copy)).id == recipe.id
    assert recipe.id.startswith(f"{name}@{recipe.version}-")
    assert recipe_file(name).read_text().startswith("# negdata finetune ")


def test_the_paper_s_recipe_says_what_the_paper_does() -> None:
    paper = load_recipe("negationclip")
    assert (paper.batches.size, paper.epochs, paper.optimizer.lr, paper.optimizer.weight_decay) == (512, 15, 1e-6, 0.01)
    assert (paper.split.by, paper.split.share, paper.contrast, paper.steps) == ("annotation", 0.2, None, None)
    assert (paper.batches.original, paper.batches.one_caption_an_image) == (0.0, False)
    assert paper.trained.final_norm == "frozen"


def test_every_value_shapes_the_id(default: Recipe) -> None:
    assert len({with_overrides(default, [one]).id for one in ("seed=0", "seed=1", "steps=3", "optimizer.lr=1")}) == 4


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("optimizer.lr=1e-5", "optimizer.lr", 1e-5),
        ("optimizer.lr=1E-5", "optimizer.lr", 1e-5),
        ("optimizer.lr=1", "optimizer.lr", 1.0),
        (" batches.size = 64", "batches.size", 64),
        ("keep.alphas=[5e-1,1]", "keep.alphas", [0.5, 1.0]),
        ("optimizer.betas=[0.9, 0.95]", "optimizer.betas", [0.9, 0.95]),
        ("contrast=null", "contrast", None),
        ("contrast={captions: 1, swaps: 0, images: 0, margin: 2e-1}", "contrast.margin", 0.2),
        ("optimizer.clip_norm=null", "optimizer.clip_norm", None),
        ("batches.one_caption_an_image=false", "batches.one_caption_an_image", False),
        ("title=a=b", "title", "a=b"),
    ],
)
def test_an_override_replaces_one_value(default: Recipe, override: str, key: str, value: object) -> None:
    before = values_of(default)
    after: Any = values_of(with_overrides(default, [override]))
    for part in key.split("."):
        after = after[part]
    assert after == value
    assert type(after) is type(value)
    assert values_of(default) == before


def test_no_override_changes_nothing(default: Recipe) -> None:
    assert with_overrides(default, []) == default


def test_every_wrong_override_is_listed_at_once(default: Recipe) -> None:
    said = refusal(
        default, "lr=1", "batches.sise=3", "name=x", "version=2", "foo", "=3", "seed=[", "steps=1", "steps=2",
        "keep={epoch: last}", "keep.epoch=last", "epochs=0", "zzzz=1",
    )  # fmt: skip
    assert said.startswith("11 errors in what --set says of the recipe default")
    for part in (
        "'lr'; did you mean 'optimizer.lr'?",
        "'batches.sise'; did you mean 'batches.size'?",
        "'name' names the recipe's file",
        "'version' names",
        "'foo' is not KEY=VALUE",
        "'=3' is not KEY=VALUE",
        "seed: '[' can't be read",
        "'steps' is set twice",
        "'keep' and 'keep.epoch' are both set",
        "epochs: Input should be greater than",
        "unknown key 'zzzz'",
    ):
        assert part in said


def test_a_key_of_a_section_that_is_null(default: Recipe) -> None:
    said = refusal(load_recipe("negationclip"), "contrast.captions=1")
    assert (
        "this recipe's contrast is null: give it whole, contrast={captions: …, swaps: …, images: …, margin: …" in said
    )
    assert "trained.lora={rank: …" in refusal(default, "trained.lora.rank=8")


@pytest.mark.parametrize(
    ("overrides", "key", "what"),
    [
        (["trained.layers=lora"], "trained", "doesn't say its rank"),
        (["trained.lora={rank: 8, alpha: 8, modules: [fc1]}"], "trained", "layers is all, which has none"),
        (["contrast={captions: 0, swaps: 0, images: 0, margin: 0, infonce: 0}"], "contrast", "nothing to learn"),
        (["keep.alphas=[0, 1]"], "keep.alphas.0", "greater than 0"),
        (["keep.alphas=[1.5]"], "keep.alphas.0", "less than or equal to 1"),
        (["keep.alphas=[0.5, 1, 0.5]"], "keep.alphas", "stands twice"),
        (["keep.alphas=[]"], "keep.alphas", "at least 1"),
        (["schedule.warmup=1"], "schedule.warmup", "less than 1"),
        (["optimizer.betas=[0.9, 1]"], "optimizer.betas.1", "less than 1"),
        (["optimizer.betas=[true, 0.5]"], "optimizer.betas.0", "valid number"),
        (["optimizer.betas=[-0.1, 0.5]"], "optimizer.betas.0", "greater than or equal to 0"),
        (["optimizer.lr=.inf"], "optimizer.lr", "finite"),
        (["optimizer.lr=.nan"], "optimizer.lr", "finite"),
        (["batches.size='512'"], "batches.size", "valid integer"),
        (["batches.size=true"], "batches.size", "valid integer"),
        (["batches.size=512.0"], "batches.size", "valid integer"),
        (["batches.one_caption_an_image=1"], "batches.one_caption_an_image", "valid boolean"),
        (["seed=2026-01-01"], "seed", "valid integer"),
        (["seed=99999999999999999999999"], "seed", "less than or equal"),
        (["split=image"], "split", "a mapping of keys to values"),
        (["split={by: image}"], "split.share", "missing"),
        (["split={by: image, share: 0.1, of: 3}"], "split.of", "unknown key"),
        (["seed=&a [*a]"], "seed", "valid integer"),
    ],
)
def test_a_wrong_value_is_named(default: Recipe, overrides: list[str], key: str, what: str) -> None:
    said = refusal(default, *overrides)
    assert key in said
    assert what in said


def test_infonce_goes_evenly_from_its_first_weight_to_its_last(default: Recipe) -> None:
    changed = with_overrides(default, ["contrast.infonce_start=0.5", "contrast.infonce=2.5"]).contrast
    assert changed is not None
    assert [changed.infonce_after(done) for done in (0, 0.25, 1)] == [0.5, 1.0, 2.5]
    same = with_overrides(default, ["contrast.infonce_start=null", "contrast.infonce=2.5"]).contrast
    assert same is not None
    assert [same.infonce_after(done) for done in (0, 0.25, 1)] == [2.5, 2.5, 2.5]


NOT_A_VALUE = st.sampled_from(
    [math.nan, math.inf, -1, -0.5, [], [[]], {}, {"a": 1}, {"": []}, "no such", True, 2.5, 1 << 80]
)


def fits(recipe: Recipe, key: str, value: object) -> bool:
    """Whether a value of this type and size is one that a person could mean by the key."""
    before: Any = values_of(recipe)
    for part in key.split("."):
        before = before[part]
    if key in ("paper", "title", "description", "name"):
        return isinstance(value, str)
    if isinstance(before, bool):
        return isinstance(value, bool)
    if key in ("contrast.denying", "contrast.affirming"):
        return value == []
    free = {
        *("optimizer.lr", "optimizer.weight_decay", "optimizer.eps", "optimizer.clip_norm", "trained.lora.alpha"),
        *(f"contrast.{one}" for one in ("captions", "swaps", "images", "margin", "infonce", "infonce_start", "anchor")),
    }
    if key == "contrast.affirm":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    positive = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
    return key in free and positive


@given(st.data())
def test_any_single_wrong_value_is_refused_with_its_key(data: st.DataObject) -> None:
    recipe = data.draw(st.sampled_from(RECIPES))
    values = values_of(recipe)
    key = data.draw(st.sampled_from(leaves(values)))
    wrong = data.draw(NOT_A_VALUE.filter(lambda value: not fits(recipe, key, value)))
    *sections, last = key.split(".")
    place = values
    for section in sections:
        place = place[section]
    place[last] = wrong
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{recipe.name}.yaml"
        file.write_text(yaml.safe_dump(values))
        with pytest.raises(NegdataError) as refused:
            check_recipes([file])
    assert key in refused.value.problem or last in refused.value.problem


@given(st.sampled_from(RECIPES), st.lists(st.text(max_size=30), max_size=4))
def test_any_text_is_an_override_or_a_refusal_in_words(recipe: Recipe, overrides: list[str]) -> None:
    try:
        changed = with_overrides(recipe, overrides)
    except NegdataError:
        return
    assert changed == Recipe.model_validate(values_of(changed))


@given(st.sampled_from(RECIPES), st.sampled_from(recipe_keys()), st.text(max_size=30))
def test_any_value_of_any_key_is_taken_or_refused_with_its_key(recipe: Recipe, key: str, text: str) -> None:
    try:
        changed = with_overrides(recipe, [f"{key}={text}"])
    except NegdataError as error:
        said = error.problem
    else:
        said = key
        assert changed == Recipe.model_validate(values_of(changed))
    assert key.split(".")[0] in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not a mapping"),
        ("[" * 100_000, "nested too deeply"),
        ("name: !!python/object/apply:os.getcwd []", "not valid YAML"),
        ("a: b: c", "at line 1"),
        ("name: x\nseed: 2026-13-45", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_recipe(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(NegdataError, match=what):
        load_recipe(str(tmp_path / "x.yaml"))


def test_numbers_of_a_file_are_read_as_people_mean_them(tmp_path: Path, default: Recipe) -> None:
    text = recipe_file("default").read_text()
    assert "lr: 5.0e-6" in text
    (tmp_path / "default.yaml").write_text(text.replace("lr: 5.0e-6", "lr: 5e-6"))
    assert load_recipe(str(tmp_path / "default.yaml")).id == default.id
    (tmp_path / "default.yaml").write_text(text.replace("lr: 5.0e-6", "lr: '5e-6'"))
    with pytest.raises(NegdataError, match=r"optimizer\.lr: Input should be a valid number"):
        load_recipe(str(tmp_path / "default.yaml"))


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "default.yaml").write_text(recipe_file("default").read_text() + "epochs: 3\n")
    with pytest.raises(NegdataError, match=r"at line \d+: key 'epochs' stands twice"):
        load_recipe(str(tmp_path / "default.yaml"))


def test_names_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"no recipe named 'defualt'.*Did you mean 'default'"):
        load_recipe("defualt")
    with pytest.raises(NegdataError, match="doesn't exist"):
        load_recipe(str(tmp_path / "none.yaml"))
