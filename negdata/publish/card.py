"""``README.md``: the dataset card, with the front matter that the Hugging Face Hub reads."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import yaml

from negdata import __version__
from negdata.exclusion import Exclusion
from negdata.markdown import escaped, table
from negdata.publish import hf
from negdata.publish.columns import Column
from negdata.publish.figures import P_EDGES, Account, Figures, Tally
from negdata.publish.forms import Form
from negdata.publish.parquet import ParquetWriter
from negdata.publish.settings import DataExportSettings

_SHOWN = 12
"""Names in a list."""
_LONGEST = 300
_HUB_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_READ = {
    "hf": 'from datasets import load_dataset\n\ncaptions = load_dataset("PATH", split="train")',
    "parquet": 'import pyarrow.dataset\n\ncaptions = pyarrow.dataset.dataset("PATH", exclude_invalid_files=True)',
    "webdataset": (
        'from pathlib import Path\n\nimport webdataset\n\nshards = sorted(map(str, Path("PATH").glob("*.tar")))\n'
        'samples = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")'
    ),
    "coco": 'import json\nfrom pathlib import Path\n\ncaptions = json.loads(Path("PATH/captions.json").read_text())',
}
_LIMITS = (
    "A caption counts as true because a judge, or the ground truth that was looked at, says so; both err. What was not "
    "judged is counted above.",
    "Only what is negated was checked against the image, not the original caption.",
    "A `false_caption` is false on purpose. Never train on it as a true one.",
    "Captions were written by people and by models. They hold the mistakes and biases of both, and were not read one "
    "by one.",
    "English only.",
)


def card(settings: DataExportSettings, form: Form, account: Account, exclusion: Exclusion) -> str:
    """The page. Whatever captions hold, they can neither end a table nor become markup or links."""
    parts = [
        f"# {escaped(settings.title)}",
        _what(settings, account),
        _licence(settings),
        f"## How to read it\n\n```python\n{_READ[settings.to]}\n```\n\n`croissant.json` tells machines the same "
        "(Croissant 1.0), with the SHA-256 of every file.",
        _columns(settings, form.columns),
        _made(account.figures),
        _verified(account.figures),
        _account(account),
        _negation(account),
        _examples(account.figures),
        _benchmarks(account.figures, exclusion),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in _LIMITS),
    ]
    front = yaml.safe_dump(_front_matter(settings, form, account), sort_keys=False, allow_unicode=True, width=1_000)
    return f"---\n{front}---\n\n" + "\n\n".join(parts) + "\n"


def _front_matter(settings: DataExportSettings, form: Form, account: Account) -> dict[str, Any]:
    records = account.figures.records
    lowered = settings.licence.lower()
    licence = (
        {"license": lowered}
        if _HUB_LICENCE.fullmatch(lowered)
        else {"license": "other", "license_name": settings.licence}
    )
    told: dict[str, Any] = {
        "pretty_name": settings.title,
        "language": ["en"],
        **licence,
        "size_categories": [next((name for most, name in _SIZES if records < most), "n>10M")],
        "tags": ["negation", "clip", "image-captions", "negdata"],
    }
    if settings.to == "hf":
        assert isinstance(form.writer, ParquetWriter)
        told["dataset_info"] = hf.dataset_info(
            form.columns,
            rows=records,
            table_bytes=form.writer.table_bytes,
            file_bytes=sum(file.size for file in account.files),
        )
        told["configs"] = hf.configs()
    return told


def _what(settings: DataExportSettings, account: Account) -> str:
    figures = account.figures
    images = (
        "the images are in the files" if settings.embeds else "the images themselves are not in it, only their names"
    )
    false = (
        f" {figures.present['false_caption']:,} records also have a caption that is false on purpose."
        if figures.present["false_caption"]
        else ""
    )
    return (
        f"{figures.records:,} captions that say what an image does not show, each beside the original caption, on "
        f'{figures.images:,} images; {images}.{false} Made with negdata {__version__} after *Know "No" Better: A '
        "Data-Driven Approach for Enhancing Negation Awareness in CLIP* (Park et al., ICCV 2025), to teach CLIP-like "
        'models what "no" means.'
    )


def _licence(settings: DataExportSettings) -> str:
    def said(licence: str) -> str:
        return "unknown: whoever published this did not say" if licence.lower() == "unknown" else licence

    return (
        "## Licence\n\n"
        + table(("", "licence"), [("captions", said(settings.licence)), ("images", said(settings.image_licence))])
        + "\n\nThe original captions and the images keep the terms of the source that they come from."
    )


def _columns(settings: DataExportSettings, columns: tuple[Column, ...]) -> str:
    rows = []
    for column in columns:
        rows.append((f"`{column.name}`", column.type, column.about))
        rows += [(f"`{column.name}.{member.name}`", member.type, member.about) for member in column.members]
    notes = {
        "coco": "In the COCO layout a record is an annotation: `caption_id` is its `id`, `negated_caption` its "
        "`updated_caption`, `id` its `record_id`; `image` is the `file_name` of its image. Keys without a value are "
        "left out.",
        "webdataset": "A sample is an image (its bytes as they were), `txt` (the negated caption) and `json` (the "
        "record; keys without a value are left out).",
    }
    note = notes.get(
        settings.to, "A value that is not known is null. Ids are numbers where all of them are, else text."
    )
    return f"## A record\n\n{table(('key', 'type', ''), rows)}\n\n{note}"


def _made(figures: Figures) -> str:
    makers = [
        (code(backend), code(model), _number(count))
        for (backend, model), count in figures.makers.counts.most_common(_SHOWN)
    ]
    facts = [
        ("pipelines", _list(figures.pipelines)),
        ("prompts", _list(figures.prompts) or "none: no model was prompted"),
        ("seeds", _list(figures.seeds) or "not told"),
    ]
    return (
        "## How the captions were made\n\n"
        + table(("backend", "model", "records"), makers)
        + "\n\n"
        + "\n".join(f"- {name}: {said}" for name, said in facts)
    )


def _verified(figures: Figures) -> str:
    head = "## Who looked whether they are true"
    judged = figures.records - figures.without_verdict
    if not judged:
        return f"{head}\n\nNobody: **no record has a verdict.** What a caption denies may well be in the image."
    rows = [
        (code(name), code(model or ""), _number(count))
        for (name, model), count in figures.verifiers.counts.most_common(_SHOWN)
    ]
    parts = [
        f'{head}\n\n{judged:,} of {figures.records:,} records have the verdict "absent"; records with any other were '
        "left out.",
        table(("verifier", "model", "records"), rows),
        table(("probability that it is present", "records"), _probabilities(figures)),
    ]
    if figures.without_verdict:
        parts.append(
            f"**Records without a verdict: {figures.without_verdict:,}.** Nobody looked whether they are true."
        )
    return "\n\n".join(parts)


def _probabilities(figures: Figures) -> list[tuple[str, str]]:
    counts = figures.probabilities.counts
    edges: tuple[float, ...] = (*P_EDGES, 1.0)
    names: dict[float | None, str] = {edges[0]: "0"}
    names |= {high: f"above {low:g}, up to {high:g}" for low, high in pairwise(edges)}
    names[None] = "none given"
    return [(name, _number(counts[edge])) for edge, name in names.items() if counts[edge]]


def _account(account: Account) -> str:
    head = (
        f"## What became of every record\n\n{account.taken:,} taken = {account.figures.records:,} written + "
        f"{account.rejected:,} rejected + {account.failed:,} failed."
    )
    rows = [(code(reason), _number(count)) for reason, count in account.reasons.items()]
    return head + (f"\n\n{table(('reason', 'records'), rows)}" if rows else "")


def _negation(account: Account) -> str:
    negation, negated = account.negation, account.figures.negated
    cues = ", ".join(f"{code(cue.cue)} {cue.captions:,}" for cue in negation.cues[:_SHOWN])
    lines = [
        f"- negated captions with a cue of negation: {negation.negated_captions:,} of {negation.captions:,} "
        f"({negation.negated_share:.2%})",
        f"- words that negate: {negation.negating_word_share:.2%} of {negation.words:,}",
        f"- cues, by captions: {cues or 'none'}",
        f"- most often absent: {_list(negated) or 'not told'}",
        f"- different things said to be absent: {len(negated.counts):,}{' at least' if negated.others else ''}",
    ]
    return "## What they negate\n\n" + "\n".join(lines)


def _examples(figures: Figures) -> str:
    with_false = any(record.false_caption for record in figures.examples)
    header = ("caption", "negated caption", "absent", *(("false caption",) if with_false else ()))
    rows = [
        (
            code(record.caption),
            code(record.negated_caption or ""),
            code(record.negated or ""),
            *((code(record.false_caption or ""),) if with_false else ()),
        )
        for record in figures.examples
    ]
    return "## The first records\n\n" + table(header, rows)


def _benchmarks(figures: Figures, exclusion: Exclusion) -> str:
    head = "## Benchmarks with the same images\n\n"
    rows = [
        *((code(one.name), _number(len(one.images)), "0: left out by image") for one in exclusion.benchmarks),
        *((code(one.benchmark), _number(one.images), _number(one.shared)) for one in figures.shared),
    ]
    if not rows:
        return f"{head}**Not compared with any.** A model trained on this may have seen the images of a benchmark."
    note = (
        "Images are compared by COCO's number or by file name, not by content: a copy under another name is not found. "
        "Nothing is known of other benchmarks."
    )
    return f"{head}{table(('benchmark', 'its images', 'of them in this dataset'), rows)}\n\n{note}"


def code(text: str) -> str:
    """Text of others as a span of code on one line, in which nothing is markup; nothing for nothing."""
    shown = "".join(c if c.isprintable() else " " for c in text.replace("`", "'"))
    flat = " ".join(shown.split())
    if len(flat) > _LONGEST:
        flat = flat[: _LONGEST - 1] + "…"
    return f"`{flat}`" if flat else ""


def _list(tally: Tally[Any]) -> str:
    shown = [f"{code(str(name))} {count:,}" for name, count in tally.counts.most_common(_SHOWN)]
    rest = len(tally.counts) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest > 0 else "")


def _number(count: int) -> str:
    return f"{count:,}"
