"""``README.md`` of a trained model: what it is, what it was trained on, what it gained and what it cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from negdata import __version__
from negdata.clip.openclip_names import PREFIX
from negdata.exclusion import ImageKeys, images_of, shared
from negdata.markdown import escaped, table
from negdata.redact import redact
from negdata.train.curve_svg import CURVE_SVG
from negdata.train.gains import Gain, Gains
from negdata.train.pairs import Pair
from negdata.train.recipe import Recipe
from negdata.train.settings import FinetuneSettings
from negdata.whole_files import write_whole

CARD = "README.md"
TEMPLATE = Path(__file__).with_name("card.md.j2")
_HUB_PREFIX = f"{PREFIX}hf-hub:"
_ON_THE_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)
_TICKS = re.compile(r"`+")
_EXAMPLES = 3


class _Ours(str):
    """Markdown that is no text of others; it stands in the card as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardData:
    """What the card says of the training data.

    Attributes:
        name: of its file.
        digest: of its content.
        rows: that it has; ``rejected`` says why some of them aren't trained on, and how many.
        trained: rows that are trained on.
        held_out: rows that are held out for validation.
        images: distinct ones among both.
        trained_on: the images that are trained on.
        verifiers: what looked at the images before; empty where nothing did.
        examples: some rows.
    """

    name: str
    digest: str
    rows: int
    rejected: Mapping[str, int]
    trained: int
    held_out: int
    images: int
    trained_on: ImageKeys
    verifiers: Sequence[str] = ()
    examples: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that a card is made of.

    Attributes:
        recipe: with what replaced single values of it.
        kept: which weights were kept: "epoch 7 of 10, 75 % of the way from the start".
    """

    settings: FinetuneSettings
    recipe: Recipe
    data: CardData
    gains: Gains
    kept: str


def write_card(folder: Path, facts: CardFacts) -> None:
    """Writes the card into the model's folder, with the curve in it where one is drawn there.

    Raises:
        NegdataError: it can't be written, or a benchmark can't be read.
    """
    write_whole(folder / CARD, model_card(facts, curve=(folder / CURVE_SVG).is_file()).encode())


def model_card(facts: CardFacts, *, curve: bool) -> str:
    """The card in Markdown with the hub's front matter.

    Names and captions in it are text of others: nothing in them can be taken for Markdown or HTML. Files and folders
    are called by their names alone.
    """
    from jinja2 import Environment, StrictUndefined

    def plain(value: object) -> object:
        """What every expression of the template goes through."""
        return value if isinstance(value, _Ours) else escaped(str(value))

    environment = Environment(  # noqa: S701  # Markdown, not HTML: escaped by ``plain``
        finalize=plain, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    settings, gains = facts.settings, facts.gains
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        front=_Ours(_front(settings)),
        title=settings.out.resolve().name,
        base=shown_model(settings.model),
        facts=facts,
        data=facts.data,
        gate=gains.gate,
        verdict=gains.gate.sentence,
        notes=gains.notes,
        scores=_Ours(_scores(gains)),
        recipe=_Ours(_fenced(_yaml(facts.recipe.model_dump(mode="json", exclude_none=True)), "yaml")),
        python=_Ours(_fenced(_python(settings), "python")),
        command=_Ours(_fenced(_command(settings), "bash")),
        examples=facts.data.examples[:_EXAMPLES],
        rejected=[(reason, f"{count:,}") for reason, count in facts.data.rejected.items()],
        excluded=[path.name for path in settings.exclude],
        overlap=shared_images(settings, facts.data.trained_on),
        curve=_Ours(CURVE_SVG) if curve else None,
        negdata=__version__,
    )
    return redact(page)


def shared_images(settings: FinetuneSettings, trained_on: ImageKeys) -> list[tuple[str, int]]:
    """For each benchmark that the model is scored on, how many of its images it was trained on."""
    return [(path.name, shared(images_of(path), trained_on)) for path in settings.benches]


def shown_model(name: str) -> str:
    """A model's name without the folder that it lies in."""
    if name.startswith(PREFIX):
        architecture, _, weights = name.partition("/")
        return name if name.startswith(_HUB_PREFIX) else f"{architecture}/{Path(weights).name}"
    return name if hub_name(name) else Path(name).expanduser().resolve().name


def hub_name(name: str) -> str | None:
    """The model's name on the hub, None where it is none of the hub's."""
    wanted = name.removeprefix(_HUB_PREFIX)
    if wanted == name and Path(name).expanduser().exists():
        return None
    return wanted if _ON_THE_HUB.fullmatch(wanted) else None


def _front(settings: FinetuneSettings) -> str:
    base = hub_name(settings.model)
    front: dict[str, object] = {
        "license": settings.licence,
        "library_name": "transformers",
        "pipeline_tag": "zero-shot-image-classification",
        "tags": ["clip", "negation", "negationclip", "negdata"],
    }
    return f"---\n{_yaml(front | ({'base_model': base, 'base_model_relation': 'finetune'} if base else {}))}---"


def _python(settings: FinetuneSettings) -> str:
    name = repr(settings.out.resolve().name)
    return (
        "from transformers import CLIPModel, CLIPProcessor\n\n"
        f"model, processor = CLIPModel.from_pretrained({name}), CLIPProcessor.from_pretrained({name})\n"
        'texts = ["a street with no cars", "a street with cars"]\n'
        'inputs = processor(texts, image, return_tensors="pt", padding=True)\n'
        "print(model(**inputs).logits_per_image.softmax(dim=-1))"
    )


def _command(settings: FinetuneSettings) -> str:
    import shlex

    bench = settings.benches[0].name if settings.benches else "NegRefCOCOg.json"
    images = (settings.bench_images or settings.images).resolve().name
    return shlex.join(["negdata", "eval", bench, "--images", images, "--model", settings.out.resolve().name])


def _scores(gains: Gains) -> str:
    rows = [
        (
            row.bench,
            row.metric,
            f"{100 * row.before:.2f}",
            f"{100 * row.after:.2f}",
            f"{row.difference:+.2f}",
            _interval(row),
            _p(row.p_value),
            "–" if row.chance is None else f"{100 * row.chance:.2f}",
            f"{row.n:,}" if row.n == row.of else f"{row.n:,} of {row.of:,}",
        )
        for row in gains.rows
    ]
    return table(("benchmark", "metric", "before", "after", "points", "95 %", "p", "chance", "n"), rows)


def _interval(row: Gain) -> str:
    return "–" if row.low is None or row.high is None else f"{row.low:+.2f} to {row.high:+.2f}"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.2g}"


def _yaml(content: Mapping[str, object]) -> str:
    import yaml

    text: str = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110)
    return text


def _fenced(content: str, language: str) -> str:
    """A block of code that nothing in it can end."""
    longest = max((len(ticks) for ticks in _TICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content.rstrip()}\n{fence}"
