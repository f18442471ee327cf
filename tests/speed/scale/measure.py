"""Measures what the plan is computed from; the figures go into ``figures.py`` by hand, with the machine's name."""

from __future__ import annotations

import logging
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from negdata import api
from negdata.engines.foreman import Foreman, Told
from negdata.engines.ray_cluster import connected
from negdata.limits import Limits
from negdata.parts import Parts
from negdata.remote import place
from tests.remote.s3 import variables_of
from tests.speed.common import null_server, print_table
from tests.speed.scale.simulation import size_of
from tests.speed.scale.stub import install

_ROWS = 4_000
_S3_ROWS, _S3_PARTS = 400, 8
_CALLS = 4_000
_BLOCKS = 2_000


def measure() -> None:
    """Prints every measurement that takes no long run; the simulation prints the others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["NEGDATA_CACHE"] = str(folder / "cache")
        install(folder / "plug-in")
        rows = [*_of_a_worker(folder), *_of_s3(folder), *_of_manifests(folder), *_of_ray()]
    print_table(["", "measured"], rows)


def _of_a_worker(folder: Path) -> Iterator[tuple[str, str]]:
    """A core's time beside a model that answers at once, and the bytes that are written."""

    def caption(out: str, **options: Any) -> float:
        began = time.process_time()
        summary = api.caption(str(_ROWS), out=folder / out, source_format="generated", concurrency=64, **options)
        assert summary.kept == _ROWS, summary
        return (time.process_time() - began) / _ROWS * 1e6

    stub: dict[str, Any] = {"backend": "stub", "model": "0"}
    caption("warm.jsonl", **stub, no_cache=True)
    both = caption("both.jsonl", **stub, propose="model", no_cache=True)
    alone = caption("alone.jsonl", **stub, propose="cooccurrence", no_cache=True)
    cached = caption("cached.jsonl", **stub, propose="model")
    with null_server() as address:
        server: dict[str, Any] = {"backend": "openai", "base_url": address, "model": "null"}
        caption("warm-http.jsonl", **server, propose="cooccurrence", no_cache=True)
        over_http = caption("http.jsonl", **server, propose="cooccurrence", no_cache=True)
    replies = sum(file.stat().st_size for file in (folder / "cache").glob("replies.sqlite*"))
    yield "all work of one process on a caption, two requests, µs", f"{both:,.0f}"
    yield "the same with the cache of replies, µs", f"{cached:,.0f}"
    yield "what HTTP adds to a request, µs", f"{over_http - alone:,.0f}"
    yield "bytes of a reply in the cache", f"{replies / (2 * _ROWS):,.0f}"
    yield "bytes of a kept record", f"{(folder / 'both.jsonl').stat().st_size / _ROWS:,.0f}"


def _of_s3(folder: Path) -> Iterator[tuple[str, str]]:
    """Requests that an output on S3 takes, by kind."""
    import boto3
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    os.environ.update(variables_of(endpoint))
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="bucket")
    calls: Counter[str] = Counter()
    real: Callable[..., Any] = s3fs.S3FileSystem._call_s3

    async def counted(self: Any, method: str, *words: Any, **named: Any) -> Any:
        calls[method] += 1
        return await real(self, method, *words, **named)

    s3fs.S3FileSystem._call_s3 = counted
    try:
        parts = {}
        for rows in (_S3_ROWS // 2, _S3_ROWS):
            calls.clear()
            out = place(f"s3://bucket/of-{rows}")
            api.caption(str(rows), out=out, source_format="generated", backend="stub", model="0", concurrency=1)
            parts[rows] = (len(Parts(out).whole()), Counter(calls))
    finally:
        s3fs.S3FileSystem._call_s3 = real
        server.stop()
    (few, before), (many, after) = parts.values()
    for method in sorted(after):
        yield f"requests to S3 a part: {method}", f"{(after[method] - before[method]) / (many - few):.2f}"


def _of_manifests(folder: Path) -> Iterator[tuple[str, str]]:
    out = folder / "parts"
    api.caption("20000", out=out, source_format="generated", backend="stub", model="0", steps="propose", concurrency=1)
    files, size = size_of(out / "manifests")
    began = time.perf_counter()
    Parts(out).committed()
    yield "reading a part's manifest on a disk, µs", f"{(time.perf_counter() - began) / files * 1e6:,.0f}"
    used = time.process_time()
    records = sum(1 for _ in Parts(out).records("kept"))
    yield "reading a kept record back, µs", f"{(time.process_time() - used) / records * 1e6:,.1f}"
    yield "bytes of a part's manifest", f"{size / files:,.0f}"


def _of_ray() -> Iterator[tuple[str, str]]:
    """What one driver and one foreman can take."""
    with connected(None, 2) as ray:
        foreman = ray.remote(Foreman).options(num_cpus=0).remote(Limits())
        reporting = ray.remote(num_cpus=1)(_report)
        ray.get([reporting.remote(foreman, block) for block in range(2)])  # their processes start
        began = time.monotonic()
        ray.get([reporting.remote(foreman, block) for block in range(2)])
        yield "reports that the foreman takes a second", f"{2 * _CALLS / (time.monotonic() - began):,.0f}"

        logging.getLogger("ray.data").setLevel(logging.ERROR)
        ray.data.DataContext.get_current().enable_progress_bars = False
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        blocks = ray.data.from_items([{"block": n} for n in range(_BLOCKS)], override_num_blocks=_BLOCKS)
        made = time.monotonic() - began
        done = blocks.map_batches(
            _Nothing,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=2, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
        )
        began = time.monotonic()
        first = None
        for _ in done.iter_rows():
            first = first or time.monotonic()
        assert first is not None
        yield "blocks that Ray Data hands out a second", f"{(_BLOCKS - 1) / (time.monotonic() - first):,.0f}"
        yield f"seconds until {_BLOCKS:,} empty blocks are listed", f"{made:.1f}"
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield "memory of the driver a block, kB", f"{(after - before) / _BLOCKS:,.0f}"


class _Nothing:
    """What a worker of Ray Data does to a block."""

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return batch


def _report(foreman: Any, block: int) -> None:
    import ray

    # All sent before the first is answered, as a thousand workers would.
    ray.get([foreman.report.remote(block, Told(kept=number)) for number in range(_CALLS)])
