"""``negdata.build_bench(...)`` and ``negdata.evaluate(...)``: benchmarks, and scores on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from negdata.api.values import StrPath, as_names, as_path, as_paths, as_texts
from negdata.benchmark import BuildSettings, BuildSummary, build_benchmark
from negdata.benchmark.evaluate import EvalReport, EvalSettings
from negdata.benchmark.evaluate import evaluate as score
from negdata.progress import Progress
from negdata.verify import VerifySettings


def build_bench(
    source: StrPath,
    *,
    out: StrPath,
    definition: str = "negrefcocog",
    split: str | None = None,
    split_by: str | None = None,
    instances: StrPath | None = None,
    rich: bool = False,
    seed: int = 0,
    contact_sheet: int = 0,
    prompts: StrPath | None = None,
    verifier: str | Sequence[str] = "",
    images: StrPath | None = None,
    model: str | None = None,
    base_url: str | None = None,
    api_key_env: str | None = None,
    absent_below: float = 0.3,
    present_above: float = 0.7,
    votes: int = 1,
    max_pixels: int = 1_000_000,
    batch_size: int = 32,
    concurrency: int = 8,
    rpm: int | None = None,
    tpm: int | None = None,
    timeout: float = 120.0,
    max_failures: float = 0.01,
    fresh: bool = False,
    no_cache: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> BuildSummary:
    """Builds a benchmark of negation from annotations, as ``negdata build-bench`` does.

    Args:
        source: A folder of RefCOCOg, RefCOCO or RefCOCO+ (refs(...).p and instances.json), or the same as JSON lines;
            for NegBench's benchmarks a COCO captions file.
        out: OUT.json; OUT.csv for NegBench's benchmarks.
        definition: A shipped definition (negrefcocog, negrefcocog-strict, negbench-mcq, negbench-retrieval), or the
            path of your own.
        split: train, val, test, all, or another split of the dataset. Default: the definition's.
        split_by: Who split the dataset: umd, google or unc. Default: the usual one.
        instances: For NegBench's benchmarks: a COCO instances file of the same images. Default: none.
        rich: Also write cue, kind, position, category, tight boxes, ids and reasons of each item.
        seed: All choices by chance follow from it.
        contact_sheet: Items to draw in OUT.html, for people to look at; with --images on their images.
        prompts: A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones.
        verifier: Multimodal models that look at each crop, in turn, separated by commas: qwen-vl, llava, a path or hub
            name, ollama, openai; NAME=MODEL names the model. Default: words alone tell whether a phrase fits.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        model: The model of a verifier that names none. Default: the verifier's.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        absent_below: Probability of presence up to which an object is absent, 0 to 1.
        present_above: Probability from which it is present, 0 to 1; between the two it is unsure.
        votes: Phrasings of each question, 1 to 4; their probabilities are averaged.
        max_pixels: Width times height of an image as a model sees it, at most, in pixels.
        batch_size: Questions in a batch of a model in this process.
        concurrency: Requests to a server in flight at most.
        rpm: Requests a minute at most. Default: no limit.
        tpm: Tokens a minute at most. Default: no limit.
        timeout: Seconds for one request.
        max_failures: Share of failed records that stops the run, once 100 are in.
        fresh: Start over instead of going on where OUT stopped.
        no_cache: Neither store nor reuse model replies.
        on_progress: called as the run goes on.

    Returns:
        What was taken, kept and rejected, and what scores on it without reading a word.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
        TooManyFailures: more than ``max_failures`` of the records failed; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept, and the same call goes on.
    """
    return build_benchmark(
        BuildSettings(
            source=as_path(source),
            out=as_path(out),
            definition=definition,
            split=split,
            split_by=split_by,
            rich=rich,
            instances=as_path(instances),
            seed=seed,
            verify=VerifySettings(
                verifiers=as_names(verifier),
                images=as_path(images),
                absent_below=absent_below,
                present_above=present_above,
                votes=votes,
                max_pixels=max_pixels,
                batch_size=batch_size,
                model=model,
                base_url=base_url,
                api_key_env=api_key_env,
                prompts=as_path(prompts),
            ),
            contact_sheet=contact_sheet,
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            timeout=timeout,
            max_failures=max_failures,
            fresh=fresh,
            use_cache=not no_cache,
        ),
        on_progress=on_progress,
    )


def evaluate(
    benches: StrPath | Sequence[StrPath],
    *,
    model: str | Sequence[str],
    images: StrPath | None = None,
    suite: str | None = None,
    classes: StrPath | None = None,
    templates: StrPath | None = None,
    scoring: Literal["strict", "paper"] = "strict",
    baseline: str | None = None,
    seed: int = 0,
    crop: Literal["model", "letterbox"] = "model",
    architecture: str | None = None,
    quick_gelu: bool | None = None,
    device: str = "auto",
    dtype: str = "auto",
    base_url: str | None = None,
    api_key_env: str | None = None,
    batch_size: int | None = None,
    workers: int | None = None,
    predictions: StrPath | None = None,
    csv: StrPath | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> EvalReport:
    """Scores models on benchmarks, as ``negdata eval`` does.

    Args:
        benches: Files of benchmarks (NegRefCOCOg, VALSE, NegBench, COCO captions, POPE), or a folder with a folder of
            images for each class.
        model: A CLIP: a folder, a file of weights or a hub name. For POPE a verifier: qwen-vl, llava, a path, ollama,
            openai. Several, each with its own --model, are compared.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        suite: What the benchmarks are: negrefcocog, valse … Default: recognised.
        classes: A file of class names, for a folder of classes. Default: the folders' names.
        templates: A file of sentences with {} for the class. Default: those of CLIP's authors.
        scoring: strict: ties are shared, NaN is an error, candidates are shown in shuffled order. paper: as the
            published evaluator does, where the first of those that tie wins.
        baseline: The model that the others are compared with. Default: each with each.
        seed: All choices by chance follow from it.
        crop: model: as the model's own preprocessing does it. letterbox: nothing is cut off.
        architecture: Of weights that don't say it: ViT-B-32 … Default: what they say.
        quick_gelu: The activation of such weights. Default: what they or their architecture say.
        device: auto, cuda, mps or cpu.
        dtype: auto, float32, bfloat16 or float16.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        batch_size: Crops, or questions, that a model takes at once. Default: 64, on a CPU 8; 32 questions.
        workers: Threads that read and prepare images. Default: one a core, 8 at most.
        predictions: Write here, as JSON lines, what each model made of each item. Default: none.
        csv: Write all figures here as CSV. Default: none.
        on_progress: called as the run goes on.
        on_notice: takes sentences that can't wait.

    Returns:
        Scores with intervals, chance and blind rules; ``partial`` says that some images couldn't be read.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return score(
        EvalSettings(
            benches=as_paths(benches),
            models=as_texts(model),
            images=as_path(images),
            suite=suite,
            classes=as_path(classes),
            templates=as_path(templates),
            scoring=scoring,
            baseline=baseline,
            crop=crop,
            architecture=architecture,
            quick_gelu=quick_gelu,
            device=device,
            dtype=dtype,
            batch_size=batch_size,
            workers=workers,
            seed=seed,
            predictions=as_path(predictions),
            csv=as_path(csv),
            base_url=base_url,
            api_key_env=api_key_env,
        ),
        on_progress=on_progress,
        on_notice=on_notice,
    )
