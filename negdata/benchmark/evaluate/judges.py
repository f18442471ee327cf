"""Scores yes/no questions about images (POPE): what is measured is a judge of absence, not a CLIP.

Its answer is yes where it finds presence likelier than not. No answer is a wrong answer.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from negdata.benchmark.evaluate.report import BlindRule, EvaluatedModel, Figure, ModelScores
from negdata.benchmark.evaluate.scored import Line, Scored, by_group, figure, published, require_some
from negdata.benchmark.evaluate.statistics import f1_interval
from negdata.benchmark.suites.base import JudgeBench, JudgeItem
from negdata.benchmark.suites.blind import commonest_share
from negdata.filter.check.questions import KnownQuestion
from negdata.filter.check.run import answered
from negdata.limits import Limits
from negdata.processes import Processes
from negdata.progress import Progress
from negdata.records import CheckedAnswer, FailedCaption, Verdict, read_lines
from negdata.replies import open_replies
from negdata.runner import run_stage
from negdata.store import open_store
from negdata.verify import Question, VerifySettings, driven_by, open_verifiers
from negdata.verify.wording import can_be_asked

EVEN = 0.5
"""The probability of presence above which the answer is yes."""
LIMITS = Limits(timeout=120.0, max_failures=0.5)
MISSING = "image-missing"
Problem = tuple[str, str]


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What verifiers are told beside their names; see VerifySettings."""

    images: Path
    batch_size: int
    base_url: str | None = None
    api_key_env: str | None = None

    def of(self, model: str) -> VerifySettings:
        """The settings of one verifier that has to decide."""
        return VerifySettings(
            verifiers=(model,),
            images=self.images,
            absent_below=EVEN,
            present_above=EVEN,
            batch_size=self.batch_size,
            base_url=self.base_url,
            api_key_env=self.api_key_env,
        )


def open_judges(models: Sequence[str], options: JudgeOptions) -> list[EvaluatedModel]:
    """Who the verifiers are; raises NegdataError where one can't be had."""
    judges = []
    for model in models:
        with open_verifiers(options.of(model), LIMITS) as (verifier,):
            judges.append(EvaluatedModel(name=model, identity=verifier.identity()))
    return judges


def score_judges(
    bench: JudgeBench,
    models: Sequence[str],
    options: JudgeOptions,
    *,
    find: Callable[[str], str | None],
    processes: Processes | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[Scored]:
    """The scores of each verifier; ``find`` tells the name of an image among ``options.images``, None where it isn't.

    Args:
        bench: the questions.
        models: the verifiers.
        options: what they are told.
        find: where a folder has the image of a name; None where it doesn't have it.
        processes: those that score the same; each asks about a share of the images, all get the scores. None: this one
            alone.
        on_progress: told of the questions that this process asks.

    Raises:
        NegdataError: nothing can be scored, a model or server that isn't there, no answer to be had from it, or another
            process has ended.
        Interrupted: Ctrl-C; the answers so far are in the cache of replies.
    """
    processes = processes or Processes()
    found = {name: find(name) for name in dict.fromkeys(item.image for item in bench.items)}
    names = {name: own for name, own in found.items() if own is not None}
    missing = {
        item.id: (MISSING, f"{item.image} is not in {options.images}")
        for item in bench.items
        if item.image not in names
    }
    # By image: a verifier reads one once for all questions about it.
    own = set(processes.share(list(names)))
    questions = [_question(item, names[item.image]) for item in bench.items if item.image in own]

    def score(model: str) -> Scored:
        verdicts, problems = _told(processes, *_ask(questions, model, options, on_progress))
        problems |= missing
        in_order = {item.id: problems[item.id] for item in bench.items if item.id in problems}
        return _scored(bench, model, verdicts, in_order)

    return [score(model) for model in models]


def _ask(
    questions: Sequence[KnownQuestion],
    model: str,
    options: JudgeOptions,
    on_progress: Callable[[Progress], None] | None,
) -> tuple[dict[str, Verdict], dict[str, Problem]]:
    """The verdicts by the ids of their items, and what became of the others."""
    if not questions:
        return {}, {}
    problems: dict[str, Problem] = {}
    with tempfile.TemporaryDirectory(prefix="negdata-eval-") as folder:
        out = Path(folder) / "answers.jsonl"
        with ExitStack() as closing:
            verifiers = closing.enter_context(open_verifiers(options.of(model), LIMITS))
            store = closing.enter_context(
                open_store(out, {}, command="negdata eval", fresh=True, expected=len(questions))
            )
            asked = driven_by(verifiers)
            cache = closing.enter_context(open_replies(bool(asked)))
            run_stage(
                questions,
                partial(answered, verifiers=verifiers),
                backend=None,
                further=asked,
                store=store,
                limits=LIMITS,
                cache=cache,
                on_progress=on_progress,
            )
        answers = map(CheckedAnswer.model_validate, read_lines(out))
        verdicts = {answer.id: answer.verdict for answer in answers}
        for line in read_lines(store.paths.failed):
            failed = FailedCaption.model_validate(line)
            problems[failed.id] = (failed.error, failed.message)
    return verdicts, problems


def _told(
    processes: Processes, verdicts: Mapping[str, Verdict], problems: Mapping[str, Problem]
) -> tuple[dict[str, Verdict], dict[str, Problem]]:
    """What all processes were answered."""
    own = [{item: verdict.model_dump(mode="json") for item, verdict in verdicts.items()}, dict(problems)]
    told = [json.loads(said) for said in processes.told(json.dumps(own).encode())]
    return (
        {item: Verdict.model_validate(verdict) for answered, _ in told for item, verdict in answered.items()},
        {item: (code, message) for _, failed in told for item, (code, message) in failed.items()},
    )


def _question(item: JudgeItem, image: str) -> KnownQuestion:
    named = bool(item.object) and can_be_asked(item.object)
    question = Question(image, None, item.object if named else "", "" if named else item.question)
    return KnownQuestion(item.id, question, item.present)


def _scored(bench: JudgeBench, model: str, verdicts: Mapping[str, Verdict], problems: Mapping[str, Problem]) -> Scored:
    failed = Counter(code for code, _ in problems.values())
    asked = [item for item in bench.items if item.id in verdicts]
    require_some(len(asked), failed, bench.path)
    said = {item.id: verdicts[item.id].present for item in asked}
    right = {item.id: float(said[item.id] is item.present) for item in asked}
    scores = ModelScores(
        model=model,
        figures=_figures(bench, asked, said, right),
        failed=dict(failed),
        partial=bool(failed),
    )
    return Scored(scores, [right.get(item.id) for item in bench.items], _lines(bench, verdicts, problems, right))


def _figures(
    bench: JudgeBench,
    asked: Sequence[JudgeItem],
    said: Mapping[str, bool | None],
    right: Mapping[str, float],
) -> list[Figure]:
    suite, of = bench.suite, len(bench.items)
    yes = [item for item in asked if said[item.id]]
    present = [item for item in asked if item.present]
    figures = [
        figure(
            "accuracy",
            list(right.values()),
            suite=suite,
            of=of,
            chance=0.5,
            blind=BlindRule(rule="always the same answer", value=commonest_share(replace(bench, items=tuple(asked)))),
            groups=by_group((item.groups, right[item.id]) for item in asked),
        )
    ]
    if yes:
        figures.append(figure("precision", [float(item.present) for item in yes], suite=suite, of=len(yes)))
    if present:
        of_present = sum(item.present for item in bench.items)
        figures.append(figure("recall", [right[item.id] for item in present], suite=suite, of=of_present))
        figures.append(_f1(bench, asked, said))
    figures.append(figure("yes", [float(said[item.id] is True) for item in asked], suite=suite, of=of))
    figures.append(figure("unanswered", [float(said[item.id] is None) for item in asked], suite=suite, of=of))
    return figures


def _f1(bench: JudgeBench, asked: Sequence[JudgeItem], said: Mapping[str, bool | None]) -> Figure:
    """The harmonic mean of precision and recall of "yes"."""
    hits = sum(item.present and said[item.id] is True for item in asked)
    alarms = sum(not item.present and said[item.id] is True for item in asked)
    misses = sum(item.present and said[item.id] is not True for item in asked)
    low, high = f1_interval(hits, alarms, misses) or (None, None)
    return Figure(
        metric="F1",
        value=2 * hits / (2 * hits + alarms + misses),
        low=low,
        high=high,
        n=len(asked),
        of=len(bench.items),
        published=published(bench.suite, "F1"),
    )


def _lines(
    bench: JudgeBench, verdicts: Mapping[str, Verdict], problems: Mapping[str, Problem], right: Mapping[str, float]
) -> Iterator[Line]:
    for item in bench.items:
        line: Line = {
            "id": item.id,
            "image": item.image,
            "question": item.question,
            "right": "yes" if item.present else "no",
            "groups": dict(item.groups),
        }
        verdict = verdicts.get(item.id)
        if verdict is not None:
            words: dict[bool | None, JsonValue] = {True: "yes", False: "no", None: None}
            line |= {"chosen": words[verdict.present], "p_present": verdict.p_present, "credit": right[item.id]}
        else:
            code, message = problems[item.id]
            line |= {"error": code, "message": message}
        yield line
