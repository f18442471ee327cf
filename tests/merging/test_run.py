"""A merge is what one run would have written, and nothing else is merged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.locks import OutputLock
from negdata.manifest import Usage
from negdata.merging import MergeSettings, MergeSummary, merge_outputs
from negdata.records import CaptionRecord, Kept
from negdata.shards import Shard
from negdata.store import OutputPaths, open_store
from tests.merging.made import (
    IDS,
    SETTINGS,
    all_lines,
    into_parts,
    manifest_of,
    rewrite_manifest,
    write_output,
    write_shards,
)


def merge(out: Path, *inputs: Path, fresh: bool = False) -> MergeSummary:
    return merge_outputs(MergeSettings(inputs=inputs, out=out, fresh=fresh))


def refused(out: Path, *inputs: Path, fresh: bool = False) -> str:
    """What a merge says that refuses; it leaves what is there as it is."""
    before = {path: path.read_bytes() for path in sorted(out.parent.rglob("*")) if path.is_file()}
    with pytest.raises(NegdataError) as error:
        merge(out, *inputs, fresh=fresh)
    assert {path: path.read_bytes() for path in sorted(out.parent.rglob("*")) if path.is_file()} == before
    return str(error.value)


def test_a_merge_is_what_one_run_would_have_written(tmp_path: Path) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    shards = write_shards(tmp_path)
    summary = merge(tmp_path / "out.jsonl", *shards)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(whole)
    assert (summary.taken, summary.kept, summary.rejected, summary.failed) == (40, 28, 8, 4)
    assert summary.reasons == {"no-cue": 8, "unavailable": 4}
    assert summary.merged == [str(path) for path in shards]
    told, one = manifest_of(tmp_path / "out.jsonl"), manifest_of(whole)
    same = ("negdata", "state", "settings", "settings_hash", "counts", "reasons", "errors")
    assert {name: told[name] for name in same} == {name: one[name] for name in same}
    assert told["usage"]["requests"] == 40
    assert told["usage"]["prompt_tokens"] == 30
    assert told["runs"] == 3
    assert told["extra"] == {"merged": summary.merged}
    assert "progress" not in told
    assert not list(tmp_path.glob("*.tmp")) + list(tmp_path.glob("*.lock"))


def test_the_run_itself_goes_on_with_a_merge(tmp_path: Path) -> None:
    """What failed is tried again, and nothing else."""
    out = tmp_path / "out.jsonl"
    merge(out, *write_shards(tmp_path))
    with open_store(out, SETTINGS, command="negdata caption") as store:
        assert store.resumed == 36
        for id in IDS:
            if not store.is_done(id):
                store.write(Kept(CaptionRecord(id=id, caption="A cat.")))
        store.settle("finished", Usage(), 40, 36)
    assert manifest_of(out)["counts"] == {"in": 40, "kept": 32, "rejected": 8, "failed": 0}
    assert "isn't a merge of these outputs" in refused(out, *sorted(tmp_path.glob("shard-?.jsonl")))


def test_a_pattern_that_names_all_files_names_the_outputs(tmp_path: Path) -> None:
    write_shards(tmp_path / "shards")
    summary = merge(tmp_path / "out.jsonl", *sorted((tmp_path / "shards").glob("*.jsonl")))
    assert (len(summary.merged), summary.taken) == (3, 40)


def test_the_coco_layout_lies_beside(tmp_path: Path) -> None:
    shards = write_shards(tmp_path)
    merge(tmp_path / "out.json", *(path.with_suffix(".json") for path in shards))
    document = json.loads((tmp_path / "out.json").read_text())
    assert len(document["annotations"]) == 28
    assert len(all_lines(tmp_path / "out.jsonl")[0]) == 28


def test_shards_may_be_empty(tmp_path: Path) -> None:
    shards = write_shards(tmp_path, 9, IDS[:2])
    assert sum(path.stat().st_size == 0 for path in shards) >= 7
    OutputPaths.of(shards[0]).failed.unlink()
    assert merge(tmp_path / "out.jsonl", *shards).taken == 2


def test_a_folder_of_parts_is_merged_as_it_is(tmp_path: Path) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    folder = into_parts(whole, tmp_path / "parts")
    merge(tmp_path / "out.jsonl", folder)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(whole)
    told, one = manifest_of(tmp_path / "out.jsonl"), manifest_of(whole)
    same = ("settings", "settings_hash", "counts", "reasons", "errors")
    assert {name: told[name] for name in same} == {name: one[name] for name in same}
    assert told["extra"] == {"merged": [str(folder)]}
    assert merge(tmp_path / "parts.jsonl", folder).taken == 40, "named like the folder"


def test_shards_may_be_folders_of_parts(tmp_path: Path) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    first, second, third = write_shards(tmp_path)
    merge(tmp_path / "out.jsonl", first, into_parts(second, tmp_path / "second"), into_parts(third, tmp_path / "third"))
    assert all_lines(tmp_path / "out.jsonl") == all_lines(whole)


def test_marks_add_up(tmp_path: Path) -> None:
    told = {"right": 1, "wrong": 2, "notes_only": 0, "changed": 1, "unknown": 5}
    merge(tmp_path / "out.jsonl", *write_shards(tmp_path, 2, extra={"marks": told}))
    assert manifest_of(tmp_path / "out.jsonl")["extra"]["marks"] == {
        "right": 2, "wrong": 4, "notes_only": 0, "changed": 2, "unknown": 5,
    }  # fmt: skip


def test_marks_that_are_none_are_refused(tmp_path: Path) -> None:
    shards = write_shards(tmp_path, 2, extra={"marks": {"right": "many"}})
    assert "says of marks isn't understood" in refused(tmp_path / "out.jsonl", *shards)


# --- what is no whole ------------------------------------------------------------------------------------------------


def test_missing_shards_are_listed(tmp_path: Path) -> None:
    shards = write_shards(tmp_path, 5)
    said = refused(tmp_path / "out.jsonl", *shards[1:4])
    assert "2 of 5 shards are missing: 1/5, 5/5." in said
    assert "the shard 2/5 is missing" in refused(tmp_path / "out.jsonl", shards[0], *shards[2:])


def test_a_shard_of_a_thousand_million_is_refused_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path / "out.jsonl", write_output(tmp_path / "a.jsonl", IDS, Shard(7, 999_999_999)))
    assert "999,999,998 of 999,999,999 shards are missing: 1/999999999" in said
    assert "and 999,999,978 more" in said


def test_the_same_shard_twice(tmp_path: Path) -> None:
    first, second, third = write_shards(tmp_path)
    again = write_output(tmp_path / "again.jsonl", IDS, Shard(2, 3))
    said = refused(tmp_path / "out.jsonl", first, second, again, third)
    assert f"shard 2/3 is there twice: {second} and {again}" in said


def test_shards_of_another_number(tmp_path: Path) -> None:
    first, _, third = write_shards(tmp_path)
    other = write_output(tmp_path / "other.jsonl", IDS, Shard(2, 4))
    assert f"{first} is shard 1/3, and {other} is shard 2/4" in refused(tmp_path / "out.jsonl", first, other, third)


def test_what_no_shard_divided(tmp_path: Path) -> None:
    one, two = write_output(tmp_path / "one.jsonl"), write_output(tmp_path / "two.jsonl", ("x",))
    assert f"{one} was not made with --shard" in refused(tmp_path / "out.jsonl", one)
    said = refused(tmp_path / "out.jsonl", one, two)
    assert said.count("was not made with --shard") == 2
    parts = [into_parts(path, tmp_path / path.stem) for path in (one, two)]
    assert said.count("--shard") == refused(tmp_path / "out.jsonl", *parts).count("--shard")


def test_other_settings_are_named_with_both_values(tmp_path: Path) -> None:
    first, second, _ = write_shards(tmp_path)
    other = write_output(tmp_path / "other.jsonl", IDS, Shard(3, 3), SETTINGS | {"seed": 5, "prompts": ["rewrite@2"]})
    said = refused(tmp_path / "out.jsonl", first, second, other)
    assert f"{first} and {other} were made with other settings" in said
    assert "seed is 0 in the one and 5 in the other" in said
    assert 'prompts is ["rewrite@1"] in the one and ["rewrite@2"] in the other' in said


def test_outputs_of_two_commands(tmp_path: Path) -> None:
    first, _ = write_shards(tmp_path, 2)
    other = write_output(tmp_path / "f.jsonl", IDS, Shard(2, 2), {"without": ""}, command="negdata filter x -o f.jsonl")
    said = refused(tmp_path / "out.jsonl", first, other)
    assert f"{first} is of negdata caption, and {other} of negdata filter" in said


def test_what_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    first, second, third, fourth, fifth, _ = write_shards(tmp_path, 6)
    OutputPaths.of(first).manifest.unlink()
    rewrite_manifest(second, state="interrupted")
    OutputPaths.of(third).manifest.write_text('{"half": ')
    rewrite_manifest(fourth, settings=SETTINGS | {"shard": "nine"})
    (tmp_path / "captions.csv").write_text("id,caption\n")
    (tmp_path / "folder").mkdir()
    others = [tmp_path / name for name in ("nowhere.jsonl", "captions.csv", "folder")]
    said = refused(tmp_path / "out.jsonl", first, second, third, fourth, fifth, *others)
    for part in (
        f"{first} has no shard-1.manifest.json beside it",
        f"{second} isn't finished (its state is interrupted)",
        "shard-3.manifest.json isn't a manifest",
        f"The manifest of {fourth}: --shard 'nine' names no shard",
        f"{tmp_path / 'nowhere.jsonl'} doesn't exist",
        "captions.csv is neither a .jsonl file nor a folder of parts",
        f"{tmp_path / 'folder'} holds no manifest.json",
    ):
        assert part in said
    assert "missing" not in said, "what can't be read may be what is missing"
    assert said.count("goes on where it was") == 1, "the same advice once"


def test_missing_and_doubled_and_unfinished_shards_are_told_at_once(tmp_path: Path) -> None:
    first, second, _ = write_shards(tmp_path)
    again = write_output(tmp_path / "again.jsonl", IDS, Shard(2, 3), state="interrupted")
    said = refused(tmp_path / "out.jsonl", first, second, again)
    assert f"{again} isn't finished (its state is interrupted)" in said
    assert f"shard 2/3 is there twice: {second} and {again}" in said
    assert "the shard 3/3 is missing" in said


def test_an_unfinished_folder_of_parts(tmp_path: Path) -> None:
    folder = into_parts(write_output(tmp_path / "whole.jsonl"), tmp_path / "parts")
    (folder / "manifests" / "00001.json").unlink()
    assert "lacks 1 of its 3 parts" in refused(tmp_path / "out.jsonl", folder)


def test_shards_of_another_limit(tmp_path: Path) -> None:
    first, second = write_shards(tmp_path, 2)
    other = write_output(tmp_path / "other.jsonl", IDS[:30], Shard(2, 2))
    assert f"{first} have 40 records together, those of {other} 30" in refused(tmp_path / "out.jsonl", first, other)
    for path in (first, second):
        rewrite_manifest(path, extra={"whole": 41})
    assert "have 40 records together, where there are 41" in refused(tmp_path / "out.jsonl", first, second)
    for path in (first, second):
        rewrite_manifest(path, extra={})
    assert "have 40 records together, where there are None" in refused(tmp_path / "out.jsonl", first, second)


# --- files that aren't as they were written --------------------------------------------------------------------------


def _drop_a_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _break(path: Path) -> None:
    path.write_bytes(b"{]\n" + path.read_bytes())


def _without_id(path: Path) -> None:
    path.write_bytes(b'{"caption": "A cat."}\n' + path.read_bytes())


def _long_id(path: Path) -> None:
    path.write_bytes(b'{"id": "' + b"x" * 1_001 + b'"}\n' + path.read_bytes())


def _long_line(path: Path) -> None:
    path.write_bytes(b'{"id": "' + b"x" * (17 << 20) + b'"}\n' + path.read_bytes())


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_drop_a_line, "where its manifest counts"),
        (_tear, "is cut short"),
        (_break, "line 1 of {path} is no record with an id"),
        (_without_id, "line 1 of {path} is no record with an id"),
        (_long_id, "line 1 of {path} is no record with an id"),
        (_long_line, "line 1 of {path} is longer than 16 MB"),
        (_pipe, "{path} is no plain file"),
        (_remove, "{path} can't be read"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    for kind in range(3):
        folder = tmp_path / str(kind)
        shards = write_shards(folder, ids=[str(number) for number in range(200)])
        path = OutputPaths.of(shards[1]).lines[kind]
        damage(path)
        with pytest.raises(NegdataError) as error:
            merge(tmp_path / "out.jsonl", *shards)
        assert said.format(path=path) in error.value.problem
        assert not list(tmp_path.glob("out*"))


def test_an_id_in_two_outputs_is_named_with_both(tmp_path: Path) -> None:
    first, second = write_shards(tmp_path, 2)
    taken = OutputPaths.of(second)
    lines = taken.kept.read_bytes().splitlines(keepends=True)
    borrowed = first.read_bytes().splitlines(keepends=True)[0]
    taken.kept.write_bytes(b"".join([borrowed, *lines[1:]]))
    id = json.loads(borrowed)["id"]
    said = refused(tmp_path / "out.jsonl", first, second)
    assert f"the id '{id}' stands twice: in {first} and in {second}" in said
    assert f"{second} holds the id '{id}', which isn't of shard 2/2" in said


def test_many_ids_that_stand_twice_are_counted(tmp_path: Path) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    folder = into_parts(whole, tmp_path / "parts", 1)
    (kept,) = (folder / "kept").iterdir()
    kept.write_bytes(kept.read_bytes() * 2)
    said = refused(tmp_path / "out.jsonl", folder)
    assert "was changed" in said
    assert said.count("stands twice") == 19
    assert "and 9 more" in said


# --- where it goes ---------------------------------------------------------------------------------------------------


def test_the_same_merge_replaces_itself_and_nothing_else(tmp_path: Path) -> None:
    shards = write_shards(tmp_path / "shards")
    out = tmp_path / "out.jsonl"
    merge(out, *shards)
    with open_store(shards[0], SETTINGS | {"shard": "1/3"}, command="negdata caption", extra={"whole": 40}) as store:
        for id in IDS:
            if Shard(1, 3).owns(id) and not store.is_done(id):
                store.write(Kept(CaptionRecord(id=id, caption="A cat.")))
        store.settle("finished", Usage())
    assert merge(out, *shards).failed < 4, "what was tried again meanwhile"
    others = write_shards(tmp_path / "others")
    assert "isn't a merge of these outputs" in refused(out, *others)
    assert merge(out, *others, fresh=True).failed == 4


def test_what_somebody_else_wrote_is_not_replaced(tmp_path: Path) -> None:
    shards = write_shards(tmp_path / "shards")
    out = tmp_path / "out.jsonl"
    OutputPaths.of(out).rejected.write_text("mine\n")
    assert "out.rejected.jsonl is there already" in refused(out, *shards)
    OutputPaths.of(out).manifest.write_text("{}")
    assert "isn't a manifest" in refused(out, *shards)
    merge(out, *shards, fresh=True)
    assert len(all_lines(out)[1]) == 8
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    assert "is a folder" in refused(folder, *shards)


def test_an_output_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    shards = write_shards(tmp_path / "shards")
    out = tmp_path / "out.jsonl"
    lock = OutputLock(OutputPaths.of(out).lock, out, "negdata caption")
    assert "is being written by" in refused(out, *shards)
    lock.release()
    merge(out, *shards)


@pytest.mark.parametrize("out", ["shard-2.jsonl", "shard-2.json", "parts/kept/out.jsonl", "shard-2.rejected.jsonl"])
def test_no_input_is_written_over(tmp_path: Path, out: str) -> None:
    shards = write_shards(tmp_path)
    folder = into_parts(shards[0], tmp_path / "parts")
    assert "is one of the inputs" in refused(tmp_path / out, *shards, folder, fresh=True)


def test_an_output_needs_a_name_that_says_what_it_is(tmp_path: Path) -> None:
    assert "ends neither in .jsonl nor in .json" in refused(tmp_path / "out", *write_shards(tmp_path))
    with pytest.raises(NegdataError, match="No output to merge is named"):
        MergeSettings(inputs=(), out=tmp_path / "out.jsonl")


def test_it_is_told_how_far_it_is(tmp_path: Path) -> None:
    shards = write_shards(tmp_path, 2, [str(number) for number in range(2_500)])
    counted: list[int] = []
    merge_outputs(MergeSettings(inputs=tuple(shards), out=tmp_path / "out.jsonl"), on_rows=counted.append)
    assert counted == [1_000, 2_000]
