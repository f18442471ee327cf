"""NegBench's benchmarks as files: questions or captions, with manifest, datasheet and what was left out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import JsonValue

from negdata.benchmark.biases import Bias
from negdata.benchmark.definition import Definition
from negdata.benchmark.negbench.annotated import AnnotatedCorpus, read_coco_pair
from negdata.benchmark.negbench.datasheet import datasheet
from negdata.benchmark.negbench.mcq import McqOptions, McqResult, build_mcq
from negdata.benchmark.negbench.rejected import Rejected
from negdata.benchmark.negbench.retrieval import RetrievalOptions, RetrievalResult, build_retrieval
from negdata.benchmark.negbench.rows import mcq_csv, retrieval_csv
from negdata.benchmark.outputs import check_output, write_manifest, write_rejected
from negdata.benchmark.settings import BuildSettings
from negdata.benchmark.summary import BuildSummary
from negdata.errors import NegdataError
from negdata.filter.check.figures import wilson
from negdata.manifest import now
from negdata.negation import find_cues
from negdata.whole_files import write_whole


def build_statements(
    settings: BuildSettings, definition: Definition, options: McqOptions | RetrievalOptions
) -> BuildSummary:
    """Builds a benchmark from captions and instances, and writes it.

    Raises:
        NegdataError: wrong input or settings, or nothing to build it from.
    """
    began, started = time.monotonic(), now()
    _check(settings, definition)
    assert settings.instances is not None
    corpus = read_coco_pair(settings.source, settings.instances)
    if isinstance(options, McqOptions):
        questions = build_mcq(corpus.images, options, settings.seed)
        content, summary = mcq_csv(questions.rows), _of_questions(questions)
        rejected: Sequence[Rejected] = questions.rejected
        examples: list[tuple[str, str, str]] = [
            (row.template, row.captions[row.right], row.image) for row in questions.rows
        ]
    else:
        found = build_retrieval(corpus.images, options, settings.seed)
        content, summary = retrieval_csv(found.rows), _of_captions(found)
        rejected = found.rejected
        examples = [(one.category, one.text, row.image) for row in found.rows for one in row.captions]
    if not summary["kept"]:
        raise NegdataError(
            f"{settings.source} and {settings.instances} give not one item of {definition.name}.",
            "Give images with captions and several annotated objects.",
        )
    done = BuildSummary(
        out=str(settings.out),
        definition=definition.id,
        rejected=len(rejected),
        reasons=dict(Counter(one.reason for one in rejected).most_common()),
        skipped=corpus.skipped,
        seconds=round(time.monotonic() - began, 3),
        **summary,
    )
    write_whole(settings.out, content)
    write_rejected(settings, [*(asdict(one) for one in rejected), *_bad(corpus)])
    write_whole(
        settings.datasheet_path,
        datasheet(definition, options, corpus, done, examples, settings.command_line).encode(),
    )
    write_manifest(settings, definition, corpus.digests, done, started)
    return done


def _check(settings: BuildSettings, definition: Definition) -> None:
    if settings.instances is None:
        raise NegdataError(
            f"{definition.name} is built from captions and the objects in the images, and --instances is missing.",
            "Give --instances the COCO instances file of the same images.",
        )
    for option, value in (
        ("--split", settings.split),
        ("--split-by", settings.split_by),
        ("--rich", settings.rich),
        ("--contact-sheet", settings.contact_sheet),
        ("--verifier", settings.verify.verifiers),
    ):
        if value:
            raise NegdataError(
                f"{option} is given, and {definition.name} is built from captions, not from regions.",
                f"Leave {option} out.",
            )
    check_output(settings, ".csv")


def _of_questions(found: McqResult) -> dict[str, Any]:
    return {
        "unit": "questions",
        "taken": len(found.rows) + len(found.rejected),
        "kept": len(found.rows),
        "images": len({row.image for row in found.rows}),
        "kinds": dict(Counter(row.template for row in found.rows).most_common()),
        "positions": dict(sorted(Counter(str(row.right) for row in found.rows).items())),
        "cues": _cues(row.captions[row.right] for row in found.rows),
        "biases": [_bias(one.rule, one.accuracy, one.questions) for one in found.blind],
    }


def _of_captions(found: RetrievalResult) -> dict[str, Any]:
    captions = [one for row in found.rows for one in row.captions]
    return {
        "unit": "captions",
        "taken": len(captions) + len(found.rejected),
        "kept": len(captions),
        "images": len(found.rows),
        "positions": dict(Counter(one.position for one in captions).most_common()),
        "cues": _cues(one.text for one in captions),
    }


def _cues(texts: Iterable[str]) -> Mapping[str, int]:
    tally = Counter(cue.cue for text in texts for cue in find_cues(text)[:1])
    return dict(tally.most_common())


def _bias(rule: str, accuracy: float, questions: int) -> Bias:
    low, high = wilson(accuracy * questions, questions) or (0.0, 1.0)
    return Bias(rule=rule, category=None, n=questions, accuracy=accuracy, low=low, high=high, chance=0.25)


def _bad(corpus: AnnotatedCorpus) -> list[dict[str, JsonValue]]:
    """Captions that couldn't be read, which gave nothing to build from."""
    return [{"where": bad.where, "reason": "bad-caption", "detail": bad.problem} for bad in corpus.bad]
