"""``OUT.md``: what a benchmark is, how it was made, and in what it is biased."""

from __future__ import annotations

from collections.abc import Mapping

from negdata.benchmark.biases import Bias, biases
from negdata.benchmark.definition import Definition, RegionsBuild
from negdata.benchmark.negatives import REASONS
from negdata.benchmark.negrefcocog import Built, counts
from negdata.benchmark.regions import ReferringCorpus
from negdata.benchmark.sections import counts_table, flaws_section, published_section
from negdata.markdown import escaped, table

_LEAST_FOR_A_CATEGORY = 30
_EXAMPLES = 12


def datasheet(
    definition: Definition,
    build: RegionsBuild,
    corpus: ReferringCorpus,
    built: Built,
    beside: tuple[Definition, Built] | None,
    command: str,
    verified_by: str,
) -> str:
    """The page in Markdown.

    Args:
        beside: another edition from the same corpus, which the figures are put side by side with.
        command: the command that made it.
        verified_by: who looked at the crops: "no model", or the verifiers.
    """
    parts = [
        f"# {escaped(definition.title)}",
        escaped(definition.description),
        _made(definition, build, corpus, command, verified_by),
        _accounting(built),
        _counts(built),
        _biases(definition, build, built, beside),
        flaws_section(definition),
        _examples(built),
        published_section(definition),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _made(definition: Definition, build: RegionsBuild, corpus: ReferringCorpus, command: str, verified_by: str) -> str:
    negatives = build.negatives
    rows = [
        ("definition", definition.id),
        ("source", f"{corpus.name}: {len(corpus.images):,} images"),
        *((f"digest of {name}", digest) for name, digest in sorted(corpus.digests.items())),
        *((f"left out: {name}", f"{number:,}") for name, number in sorted(corpus.skipped.items())),
        ("cues", ", ".join([*build.phrases.cues, *build.phrases.further])),
        ("regions that stand against the right one", f"{negatives.at_most} at most, of its category and image"),
        ("IoU of tight boxes", f"{negatives.max_box_iou:g} at most"),
        ("IoU of crops", f"under {negatives.max_crop_iou:g}"),
        ("tight box of such a region", f"{100 * negatives.min_area:g} % of the image at least"),
        ("crop", f"{100 * negatives.min_crop_area:g} % of the image at least"),
        ("preferred", ", then ".join(negatives.prefer)),
        ("crops looked at by", verified_by),
        ("order of regions", build.order.replace("-", " ")),
        ("command", f"`{command}`"),
        ("paper", definition.paper),
        ("licence of the sources", definition.licence),
    ]
    return "## How it was made\n\n" + table(("", ""), [row for row in rows if row[1]])


def _accounting(built: Built) -> str:
    reasons = counts(one.reason for one in built.rejected)
    rows = [(code, REASONS[code], f"{number:,}") for code, number in reasons.items()]
    head = (
        f"## What became of every phrase with a cue\n\n{built.taken:,} = {len(built.items):,} items + "
        f"{len(built.rejected):,} rejected."
    )
    return head + ("\n\n" + table(("reason", "", "phrases"), rows) if rows else "")


def _counts(built: Built) -> str:
    items = built.items
    parts = [f"## What is in it\n\n{len(items):,} items on {len({item.image for item in items}):,} images."]
    for name, values in (
        ("cue", counts(item.cue for item in items)),
        ("what is negated", counts(item.kind or "not told" for item in items)),
        ("where the cue stands", counts(item.position for item in items)),
        ("regions", counts(str(len(item.bbox_list)) for item in items)),
        ("category", _most(counts(item.category for item in items), 15)),
    ):
        parts.append(counts_table(name, values))
    return "\n\n".join(parts)


def _most(values: Mapping[str, int], number: int) -> Mapping[str, int]:
    """The most frequent, the others together."""
    pairs = list(values.items())
    rest = sum(count for _, count in pairs[number:])
    return dict(pairs[:number]) | ({"others": rest} if rest else {})


def _biases(definition: Definition, build: RegionsBuild, built: Built, beside: tuple[Definition, Built] | None) -> str:
    least = build.balance.category_of if build.balance is not None else _LEAST_FOR_A_CATEGORY
    own = biases(built.items, category_of=least)
    if not own:
        return ""
    text = (
        "## What can be scored without reading the phrase\n\nAccuracy in percent of rules that pick a region by its "
        "box alone, with the 95 % interval (Wilson). A rule above chance marks a benchmark that can be answered "
        "without knowing what was asked."
    )
    if beside is None:
        return f"{text}\n\n" + table(
            ("rule", "items", "accuracy", "95 %", "chance"),
            [(_rule(one), f"{one.n:,}", *_figures(one)) for one in own],
        )
    other, its = beside
    theirs = {(one.rule, one.category): one for one in biases(its.items, category_of=least)}
    rows = []
    for one in own:
        twin = theirs.get((one.rule, one.category))
        rows.append((_rule(one), *_figures(one), *(_figures(twin) if twin else ("–", "–", "–"))))
    header = ("rule", definition.name, "95 %", "chance", other.name, "95 %", "chance")
    sizes = (
        f"{definition.name}: {len(built.items):,} items of {built.taken:,} phrases with a cue; {other.name}, from the "
        f"same source: {len(its.items):,} of {its.taken:,}."
    )
    return f"{text} Two editions, side by side. {sizes}\n\n" + table(header, rows)


def _rule(bias: Bias) -> str:
    return bias.rule if bias.category is None else f"{bias.rule}, {bias.category} only ({bias.n:,})"


def _figures(bias: Bias) -> tuple[str, str, str]:
    return (
        f"{100 * bias.accuracy:.2f}",
        f"{100 * bias.low:.1f} to {100 * bias.high:.1f}",
        f"{100 * bias.chance:.2f}",
    )


def _examples(built: Built) -> str:
    items = built.items[:: max(1, len(built.items) // _EXAMPLES)][:_EXAMPLES]
    rows = [(item.phrase, item.cue, item.kind or "not told", item.category, item.image) for item in items]
    return "## Some items\n\n" + table(("phrase", "cue", "what is negated", "category", "image"), rows) if rows else ""
