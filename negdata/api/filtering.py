"""``negdata.filter(...)``, and the measuring of its verifiers: is it really absent?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from negdata.api.values import StrPath, as_names, as_path, as_paths
from negdata.engines.settings import EngineSettings
from negdata.filter import CheckFigures, CheckSettings, FilterSettings, FilterSummary, check_verifiers, filter_captions
from negdata.progress import Progress
from negdata.shards import Shard
from negdata.verify import VerifySettings


def filter(
    records: StrPath,
    *,
    out: StrPath,
    source_format: str | None = None,
    image_column: str | None = None,
    caption_column: str | None = None,
    bad_rows: Literal["refuse", "fail"] = "refuse",
    limit: int | None = None,
    shard: str | None = None,
    exclude: StrPath | Sequence[StrPath] = (),
    captions: StrPath | None = None,
    without: str | Sequence[str] = "",
    marks: StrPath | None = None,
    prompts: StrPath | None = None,
    verifier: str | Sequence[str] = "",
    images: StrPath | None = None,
    instances: StrPath | None = None,
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
    engine: str = "local",
    ray_address: str | None = None,
    workers: int | None = None,
    fresh: bool = False,
    no_cache: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> FilterSummary:
    """Keeps the captions whose object is absent, and whose words are sound, as ``negdata filter`` does.

    Killed or interrupted, the same call goes on where it was.

    Args:
        records: Caption records (JSON lines, or a folder of parts), or captions in the paper's COCO layout; here or at
            an address.
        out: OUT.jsonl for caption records, OUT.json for the COCO layout with updated_caption, or OUT for a folder of
            parts.
        source_format: coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised.
        image_column: The image column of a table. Default: its usual names.
        caption_column: The caption column of a table. Default: its usual names.
        bad_rows: Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).
        limit: Rows to take. Default: all.
        shard: Take only the I-th of N shares of the records; negdata merge joins the outputs. Default: all.
        exclude: Leave out the images that a benchmark uses: its file, a list of names or a folder. One, or several.
        captions: More captions of the same images: what one names as present isn't absent. Default: none.
        without: Text checks to leave out, by reason code: empty, unsafe, ungrammatical, no-negation, duplicate,
            near-duplicate, contradiction. Default: none.
        marks: What people said of the records, exported from a report: wrong is rejected, right is kept unasked.
            Default: none.
        prompts: A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones.
        verifier: Verifiers, in turn, separated by commas: instances (ground truth), qwen-vl, llava, the path or hub
            name of any multimodal model, ollama, openai; NAME=MODEL names the model. Default: none; the text alone is
            checked.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        instances: A COCO or LVIS instances file, for the verifier instances. Default: none.
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
        taken = kept + rejected + failed, with reasons, and which verifier decided how much.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
        TooManyFailures: more than ``max_failures`` of the records failed; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept, and the same call goes on.
    """
    return filter_captions(
        FilterSettings(
            source=as_path(records),
            out=as_path(out),
            verify=VerifySettings(
                verifiers=as_names(verifier),
                images=as_path(images),
                instances=as_path(instances),
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
            without=as_names(without),
            captions=as_path(captions),
            shard=None if shard is None else Shard.parse(shard),
            engine=EngineSettings(engine=engine, ray_address=ray_address, workers=workers),
            exclude=as_paths(exclude),
            marks=as_path(marks),
            source_format=source_format,
            image_column=image_column,
            caption_column=caption_column,
            bad_rows=bad_rows,
            limit=limit,
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            timeout=timeout,
            max_failures=max_failures,
            fresh=fresh,
            use_cache=not no_cache,
        ),
        on_progress=on_progress,
        on_rows=on_rows,
    )


def check(
    check_against: StrPath,
    *,
    out: StrPath,
    records: StrPath | None = None,
    source_format: str | None = None,
    image_column: str | None = None,
    caption_column: str | None = None,
    bad_rows: Literal["refuse", "fail"] = "refuse",
    limit: int | None = None,
    prompts: StrPath | None = None,
    verifier: str | Sequence[str] = "",
    images: StrPath | None = None,
    instances: StrPath | None = None,
    model: str | None = None,
    base_url: str | None = None,
    api_key_env: str | None = None,
    absent_below: float = 0.3,
    present_above: float = 0.7,
    votes: int = 1,
    max_pixels: int = 1_000_000,
    batch_size: int = 32,
    per_image: int = 3,
    seed: int = 0,
    concurrency: int = 8,
    rpm: int | None = None,
    tpm: int | None = None,
    timeout: float = 120.0,
    max_failures: float = 0.01,
    fresh: bool = False,
    no_cache: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> CheckFigures:
    """Measures verifiers where the answer is known, as ``negdata filter --check-against`` does.

    Args:
        check_against: Measure the verifier instead: a COCO instances file, or questions in POPE's JSON lines. Default:
            none.
        out: OUT.jsonl for caption records, OUT.json for the COCO layout with updated_caption, or OUT for a folder of
            parts.
        records: Caption records (JSON lines, or a folder of parts), or captions in the paper's COCO layout; here or at
            an address. With --check-against it may be left out.
        source_format: coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised.
        image_column: The image column of a table. Default: its usual names.
        caption_column: The caption column of a table. Default: its usual names.
        bad_rows: Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).
        limit: Rows to take. Default: all.
        prompts: A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones.
        verifier: Verifiers, in turn, separated by commas: instances (ground truth), qwen-vl, llava, the path or hub
            name of any multimodal model, ollama, openai; NAME=MODEL names the model. Default: none; the text alone is
            checked.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        instances: A COCO or LVIS instances file, for the verifier instances. Default: none.
        model: The model of a verifier that names none. Default: the verifier's.
        base_url: The server's address. Default: the backend's.
        api_key_env: The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.
        absent_below: Probability of presence up to which an object is absent, 0 to 1.
        present_above: Probability from which it is present, 0 to 1; between the two it is unsure.
        votes: Phrasings of each question, 1 to 4; their probabilities are averaged.
        max_pixels: Width times height of an image as a model sees it, at most, in pixels.
        batch_size: Questions in a batch of a model in this process.
        per_image: For --check-against an instances file: questions an image about present objects at most, and as many
            about absent ones.
        seed: All choices by chance follow from it.
        concurrency: Requests to a server in flight at most.
        rpm: Requests a minute at most. Default: no limit.
        tpm: Tokens a minute at most. Default: no limit.
        timeout: Seconds for one request.
        max_failures: Share of failed records that stops the run, once 100 are in.
        fresh: Start over instead of going on where OUT stopped.
        no_cache: Neither store nor reuse model replies.
        on_progress: called as the run goes on.
        on_rows: called with the number of rows read so far.

    Returns:
        Precision and recall of "absent", calibration, and thresholds.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
        TooManyFailures: more than ``max_failures`` of the records failed; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept, and the same call goes on.
    """
    return check_verifiers(
        CheckSettings(
            against=as_path(check_against),
            out=as_path(out),
            source=as_path(records),
            verify=VerifySettings(
                verifiers=as_names(verifier),
                images=as_path(images),
                instances=as_path(instances),
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
            per_image=per_image,
            seed=seed,
            source_format=source_format,
            image_column=image_column,
            caption_column=caption_column,
            bad_rows=bad_rows,
            limit=limit,
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            timeout=timeout,
            max_failures=max_failures,
            fresh=fresh,
            use_cache=not no_cache,
        ),
        on_progress=on_progress,
        on_rows=on_rows,
    )
