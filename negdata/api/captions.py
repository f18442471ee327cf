"""``negdata.caption(...)``: captions that say what is absent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from negdata.api.values import StrPath, as_names, as_path, as_paths
from negdata.caption import CaptionSettings, caption_corpus
from negdata.caption.summary import CaptionSummary
from negdata.engines.settings import EngineSettings
from negdata.progress import Progress
from negdata.shards import Shard
from negdata.verify import VerifySettings


def caption(
    source: StrPath | None = None,
    *,
    out: StrPath,
    source_format: str | None = None,
    image_column: str | None = None,
    caption_column: str | None = None,
    bad_rows: Literal["refuse", "fail"] = "refuse",
    limit: int | None = None,
    shard: str | None = None,
    exclude: StrPath | Sequence[StrPath] = (),
    offset: int = 0,
    vqa_questions: StrPath | None = None,
    vqa_annotations: StrPath | None = None,
    backend: str = "rules",
    model: str | None = None,
    base_url: str | None = None,
    api_key_env: str | None = None,
    temperature: float = 0.6,
    top_p: float = 0.9,
    pipeline: Literal["objects", "random", "vqa"] = "objects",
    propose: Literal["model", "cooccurrence"] | None = None,
    candidates: int = 24,
    objects: StrPath | None = None,
    likely: bool = False,
    min_agreement: int = 7,
    per_image: int | None = None,
    standalone: bool = False,
    steps: str | Sequence[str] = "propose,rewrite",
    contrast: bool = False,
    tries: int = 3,
    seed: int = 0,
    prompts: StrPath | None = None,
    verify: str | Sequence[str] = "",
    images: StrPath | None = None,
    instances: StrPath | None = None,
    verify_model: str | None = None,
    verify_base_url: str | None = None,
    verify_api_key_env: str | None = None,
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
    engine: str = "local",
    ray_address: str | None = None,
    workers: int | None = None,
    fresh: bool = False,
    no_cache: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> CaptionSummary:
    """Writes captions that say what is absent, as ``negdata caption`` does.

    Killed or interrupted, the same call goes on where it was. What a run would cost is told by
    ``negdata.caption.estimate_caption_run``.

    Args:
        source: Captions, here or at an address (s3://, https:// …): COCO JSON, JSONL, CSV/TSV, parquet, WebDataset's
            tars, a folder or pattern of such files (train-{000..099}.tar), of parts, or of images with a .txt beside
            each. Needed unless --standalone.
        out: OUT.jsonl for caption records, OUT.json for the COCO layout with updated_caption, or OUT for a folder of
            parts.
        source_format: coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised.
        image_column: The image column of a table. Default: its usual names.
        caption_column: The caption column of a table. Default: its usual names.
        bad_rows: Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).
        limit: Rows to take. Default: all.
        shard: Take only the I-th of N shares of the records; negdata merge joins the outputs. Default: all.
        exclude: Leave out the images that a benchmark uses: its file, a list of names or a folder. One, or several.
        offset: Rows to pass over first.
        vqa_questions: For --pipeline vqa: VQAv2 questions. Default: none.
        vqa_annotations: For --pipeline vqa: VQAv2 annotations. Default: none.
        backend: rules (embedded: no model, no network), ollama, openai (any server of that protocol), llamacpp or
            transformers (in this process), vllm (started for the run, on a GPU).
        model: The model's name, path or hub name. Default: the backend's.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        temperature: Of the model's draws, 0 to 2.
        top_p: Of the model's draws, 0 to 1.
        pipeline: objects (absences one could have expected), random (any object), or vqa (visual questions that were
            answered no).
        propose: Who proposes the object: model or cooccurrence. Default: model, for rules cooccurrence.
        candidates: Plausible objects that a model picks from, at most; 0 leaves it free.
        objects: Say only of these that they are absent, of each about as often: a text file with a name a line, or a
            COCO or LVIS instances file, whose categories are taken. Default: all of the vocabulary.
        likely: Propose also what such images mostly show though captions don't say so: its absence tells most, and is
            false most often. Filter what comes out.
        min_agreement: For vqa: annotators of 10 who must have answered no.
        per_image: For vqa: captions of its image that a question is folded into. Default: all.
        standalone: For vqa: each question becomes a caption of its own.
        steps: propose, rewrite or both; rows that already have 'negated' are only rewritten.
        contrast: Also write a false caption for fine-tuning.
        tries: Attempts at a caption, and at an absent object, before it is rejected.
        seed: All choices by chance follow from it.
        prompts: A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones.
        verify: Check each proposal before it is written about: verifiers as in negdata filter, in turn. Default: none.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        instances: A COCO or LVIS instances file, for the verifier instances. Default: none.
        verify_model: The verifier's model. Default: the verifier's.
        verify_base_url: The address of the verifier's server. Default: the verifier's.
        verify_api_key_env: The name of the environment variable that holds that server's key. Default: the server's
            usual one.
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
        engine: local (this process), or ray (workers on this machine or a cluster; each writes parts of the output).
        ray_address: HOST:PORT of a Ray cluster's head, or auto. Default: $RAY_ADDRESS, else a Ray on this machine for
            the run.
        workers: For ray: processes that work at once. Default: one a core of the cluster (a GPU, for a model in the
            worker), and no more than --concurrency where a server is asked.
        fresh: Start over instead of going on where OUT stopped.
        no_cache: Neither store nor reuse model replies.
        on_progress: called as the run goes on.
        on_rows: called with the number of rows read so far.

    Returns:
        taken = kept + rejected + failed, with reasons, tokens and time.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
        TooManyFailures: more than ``max_failures`` of the records failed; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept, and the same call goes on.
    """
    return caption_corpus(
        CaptionSettings(
            source=as_path(source),
            out=as_path(out),
            source_format=source_format,
            image_column=image_column,
            caption_column=caption_column,
            bad_rows=bad_rows,
            vqa_questions=as_path(vqa_questions),
            vqa_annotations=as_path(vqa_annotations),
            backend=backend,
            model=model,
            base_url=base_url,
            api_key_env=api_key_env,
            pipeline=pipeline,
            propose=propose,
            candidates=candidates,
            objects=as_path(objects),
            likely=likely,
            min_agreement=min_agreement,
            per_image=per_image,
            standalone=standalone,
            steps=as_names(steps),
            contrast=contrast,
            limit=limit,
            offset=offset,
            tries=tries,
            seed=seed,
            temperature=temperature,
            top_p=top_p,
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            timeout=timeout,
            max_failures=max_failures,
            fresh=fresh,
            use_cache=not no_cache,
            prompts=as_path(prompts),
            verify=VerifySettings(
                verifiers=as_names(verify),
                images=as_path(images),
                instances=as_path(instances),
                absent_below=absent_below,
                present_above=present_above,
                votes=votes,
                max_pixels=max_pixels,
                batch_size=batch_size,
                model=verify_model,
                base_url=verify_base_url,
                api_key_env=verify_api_key_env,
            ),
            shard=None if shard is None else Shard.parse(shard),
            exclude=as_paths(exclude),
            engine=EngineSettings(engine=engine, ray_address=ray_address, workers=workers),
        ),
        on_progress=on_progress,
        on_rows=on_rows,
    )
