"""Merging from and to storage elsewhere, on a real server of S3's protocol."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.merging import MergeSettings, merge_outputs
from negdata.parts import Parts
from negdata.remote import place
from negdata.storage import open_storage
from negdata.store import OutputPaths
from tests.merging.made import all_lines, into_parts, write_output, write_shards

for _package in ("moto", "s3fs"):
    pytest.importorskip(_package)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket."""
    import fsspec
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "nobody"),
        ("AWS_SECRET_ACCESS_KEY", "nothing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"bucket-{secrets.token_hex(4)}"  # all servers of a process have one memory
    fsspec.filesystem("s3").mkdir(name)
    yield f"s3://{name}"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def fetched(address: str, folder: Path) -> list[list[bytes]]:
    """The lines of an output elsewhere, by a copy of it here."""
    storage = open_storage(place(address).parent)
    here = OutputPaths.of(folder / "fetched.jsonl")
    there = OutputPaths.of(place(address))
    folder.mkdir()
    for source, target in zip(there.lines, here.lines, strict=True):
        content = storage.read(source.name)
        assert content is not None
        target.write_bytes(content)
    return all_lines(here.kept)


def merge(out: str, *inputs: str | Path, fresh: bool = False) -> None:
    # As the command line hands an address on: taken for a path.
    merge_outputs(MergeSettings(inputs=tuple(Path(one) for one in inputs), out=Path(out), fresh=fresh))


def test_parts_elsewhere_become_one_output_elsewhere(tmp_path: Path, bucket: str) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    into_parts(whole, place(f"{bucket}/run"))
    merge(f"{bucket}/out/captions.jsonl", f"{bucket}/run")
    assert fetched(f"{bucket}/out/captions.jsonl", tmp_path / "there") == all_lines(whole)
    merge(f"{bucket}/out/captions.jsonl", f"{bucket}/run")
    assert fetched(f"{bucket}/out/captions.jsonl", tmp_path / "again") == all_lines(whole)
    merge(str(tmp_path / "here.jsonl"), f"{bucket}/run")
    assert all_lines(tmp_path / "here.jsonl") == all_lines(whole)


def test_shards_of_both_places_become_one_output(tmp_path: Path, bucket: str) -> None:
    whole = write_output(tmp_path / "whole.jsonl")
    first, second, third = write_shards(tmp_path)
    into_parts(second, place(f"{bucket}/second"))
    storage = open_storage(place(bucket))
    paths = OutputPaths.of(third)
    for path in (*paths.lines, paths.manifest):
        storage.put(path.name, path)
    merge(f"{bucket}/captions.json", first, f"{bucket}/second", f"{bucket}/{third.name}")
    assert fetched(f"{bucket}/captions.jsonl", tmp_path / "there") == all_lines(whole)
    assert b"updated_caption" in (storage.read("captions.json") or b"")


def test_what_is_there_is_not_replaced(tmp_path: Path, bucket: str) -> None:
    storage = open_storage(place(f"{bucket}/out"))
    storage.write("captions.jsonl", b"mine\n")
    folder = into_parts(write_output(tmp_path / "whole.jsonl"), tmp_path / "parts")
    with pytest.raises(NegdataError, match=f"{bucket}/out/captions.jsonl is there already"):
        merge(f"{bucket}/out/captions.jsonl", folder)
    assert storage.read("captions.jsonl") == b"mine\n"
    merge(f"{bucket}/out/captions.jsonl", folder, fresh=True)
    with pytest.raises(NegdataError, match="isn't a merge of these outputs"):
        merge(f"{bucket}/out/captions.jsonl", into_parts(tmp_path / "whole.jsonl", tmp_path / "other"))
    with pytest.raises(NegdataError, match="is one of the inputs"):
        merge(f"{bucket}/out/kept/x.jsonl", f"{bucket}/out")


def test_parts_that_are_not_whole_are_refused(tmp_path: Path, bucket: str) -> None:
    folder = place(f"{bucket}/run")
    into_parts(write_output(tmp_path / "whole.jsonl"), folder)
    Parts(folder).storage.remove("manifests/00002.json")
    with pytest.raises(NegdataError, match="lacks 1 of its 3 parts"):
        merge(f"{bucket}/captions.jsonl", f"{bucket}/run")
    assert open_storage(place(bucket)).names("") == []
