"""Outputs as runs leave them, made at once: shards of a run, and folders of parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pydantic import JsonValue

from negdata.manifest import Counts, Manifest, Usage, read_manifest
from negdata.parts import Parts
from negdata.records import CaptionRecord, Failed, FailedCaption, Kept, Rejected, RejectedCaption
from negdata.shards import Shard, shard_facts, shard_identity
from negdata.store import OutputPaths, open_store

SETTINGS: dict[str, JsonValue] = {"seed": 0, "source_digest": "f00d", "prompts": ["rewrite@1"]}
IDS = tuple(f"c:{number}" for number in range(40))
KINDS = ("", ".rejected", ".failed")


def write_output(
    out: Path,
    ids: Sequence[str] = IDS,
    shard: Shard | None = None,
    settings: dict[str, JsonValue] = SETTINGS,
    *,
    command: str = "negdata caption",
    whole: int | None = None,
    state: Literal["finished", "interrupted"] = "finished",
    extra: dict[str, JsonValue] | None = None,
) -> Path:
    """An output of those ids that are the shard's; every fifth of all is rejected, every seventh failed."""
    with open_store(
        out,
        settings | shard_identity(shard),
        command=command,
        extra=shard_facts(shard, len(ids) if whole is None else whole) | (extra or {}),
    ) as store:
        for number, id in enumerate(ids):
            if shard is not None and not shard.owns(id):
                continue
            if number % 5 == 4:
                store.write(Rejected(RejectedCaption(id=id, caption="A cat.", reason="no-cue"), "no-cue"))
            elif number % 7 == 6:
                store.write(Failed(FailedCaption(id=id, error="unavailable", message="500"), "unavailable"))
            else:
                store.write(
                    Kept(CaptionRecord(id=id, image="a.jpg", caption="A cat.", negated_caption="A cat, no dog."))
                )
        store.settle(state, Usage(requests=store.counts.accounted, prompt_tokens=10))
    return out


def write_shards(folder: Path, of: int = 3, ids: Sequence[str] = IDS, **fields: Any) -> list[Path]:
    return [write_output(folder / f"shard-{one}.jsonl", ids, Shard(one, of), **fields) for one in range(1, of + 1)]


def into_parts(out: Path, folder: Path, number: int = 3) -> Path:
    """The records of an output as a folder of parts."""
    paths, manifest = OutputPaths.of(out), read_manifest(OutputPaths.of(out).manifest)
    assert manifest is not None
    parts = Parts(folder)
    for part in range(number):
        with TemporaryDirectory() as scratch:
            piece = OutputPaths.of(Path(scratch) / "out.jsonl")
            counts = []
            for source, target in zip(paths.lines, piece.lines, strict=True):
                lines = source.read_bytes().splitlines(keepends=True)[part::number]
                target.write_bytes(b"".join(lines))
                counts.append(len(lines))
            told = counted(piece, manifest, counts)
            parts.commit(part, piece, told)
    parts.write_manifest(manifest.model_copy(update={"extra": manifest.extra | {"parts": number}}))
    return folder


def counted(paths: OutputPaths, manifest: Manifest, counts: Sequence[int]) -> Manifest:
    """The manifest that such files would have."""
    reasons = [json.loads(line)["reason"] for line in paths.rejected.read_bytes().splitlines()]
    errors = [json.loads(line)["error"] for line in paths.failed.read_bytes().splitlines()]
    return manifest.model_copy(
        update={
            "counts": Counts(taken=sum(counts), kept=counts[0], rejected=counts[1], failed=counts[2]),
            "reasons": {reason: reasons.count(reason) for reason in reasons},
            "errors": {error: errors.count(error) for error in errors},
            "usage": Usage(requests=sum(counts)),
        }
    )


def all_lines(out: Path) -> list[list[bytes]]:
    """The kept, rejected and failed lines of an output, sorted."""
    return [sorted(path.read_bytes().splitlines(keepends=True)) for path in OutputPaths.of(out).lines]


def manifest_of(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(OutputPaths.of(out).manifest.read_bytes())
    return content


def rewrite_manifest(out: Path, **fields: Any) -> None:
    """Changes what a manifest says."""
    path = OutputPaths.of(out).manifest
    path.write_text(json.dumps(json.loads(path.read_bytes()) | fields))
