"""``OUT.md`` of NegBench's benchmarks: how they were made, and what scores on them without an image."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.benchmark.definition import Definition
from negdata.benchmark.negbench.annotated import AnnotatedCorpus
from negdata.benchmark.negbench.mcq import McqOptions
from negdata.benchmark.negbench.retrieval import RetrievalOptions
from negdata.benchmark.sections import counts_table, flaws_section, published_section
from negdata.benchmark.summary import BuildSummary
from negdata.markdown import escaped, table

_EXAMPLES = 12


def datasheet(
    definition: Definition,
    options: McqOptions | RetrievalOptions,
    corpus: AnnotatedCorpus,
    summary: BuildSummary,
    examples: Sequence[tuple[str, str, str]],
    command: str,
) -> str:
    """The page in Markdown.

    Args:
        examples: (what it is, text, image) of every item.
        command: the command that made it.
    """
    parts = [
        f"# {escaped(definition.title)}",
        escaped(definition.description),
        _made(definition, options, corpus, command),
        _accounting(summary),
        _counts(summary),
        _biases(summary),
        flaws_section(definition),
        _some(examples),
        published_section(definition),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _made(definition: Definition, options: McqOptions | RetrievalOptions, corpus: AnnotatedCorpus, command: str) -> str:
    objects = options.objects
    rows = [
        ("definition", definition.id),
        ("images with captions and annotated objects", f"{len(corpus.images):,}"),
        *((f"digest of {name}", digest) for name, digest in sorted(corpus.digests.items())),
        *((f"left out: {name}", f"{number:,}") for name, number in sorted(corpus.skipped.items())),
        ("an object is spoken of if it covers", f"{100 * objects.least_share:g} % of the image, or a caption names it"),
        ("an object is denied if", "nothing of its category is annotated, no caption names it, and it is plausible"),
        ("command", f"`{command}`"),
        ("paper", definition.paper),
        ("licence of the sources", definition.licence),
    ]
    return "## How it was made\n\n" + table(("", ""), [row for row in rows if row[1]])


def _accounting(summary: BuildSummary) -> str:
    head = (
        f"## What became of every one\n\n{summary.taken:,} {summary.unit} = {summary.kept:,} kept + "
        f"{summary.rejected:,} rejected; {summary.images:,} images."
    )
    return head + ("\n\n" + counts_table("reason", summary.reasons, summary.unit) if summary.reasons else "")


def _counts(summary: BuildSummary) -> str:
    tables = [
        counts_table(name, values, summary.unit)
        for name, values in (
            ("right answer", summary.kinds),
            ("place of it", summary.positions),
            ("cue", summary.cues),
        )
        if values
    ]
    return "## What is in it\n\n" + "\n\n".join(tables)


def _biases(summary: BuildSummary) -> str:
    if not summary.biases:
        return ""
    rows = [
        (one.rule, f"{one.n:,}", f"{100 * one.accuracy:.2f}", f"{100 * one.low:.1f} to {100 * one.high:.1f}")
        for one in summary.biases
    ]
    return (
        "## What can be scored without the image\n\nAccuracy in percent of rules that read the statements alone, with "
        "the 95 % interval (Wilson); chance is 25.\n\n" + table(("rule", "questions", "accuracy", "95 %"), rows)
    )


def _some(examples: Sequence[tuple[str, str, str]]) -> str:
    chosen = examples[:: max(1, len(examples) // _EXAMPLES)][:_EXAMPLES]
    return "## Some of it\n\n" + table(("", "text", "image"), chosen) if chosen else ""
