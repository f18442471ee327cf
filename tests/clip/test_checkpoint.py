"""Weights are read from whatever wrote them; hostile files are refused, named, and never run."""

from __future__ import annotations

import contextlib
import pickle
import tracemalloc
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("safetensors")

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from negdata.clip.checkpoint import QUICK_GELU, read_checkpoint
from negdata.errors import NegdataError
from tests.clip.hostile import Runs, described, plain_pickle, safetensors_file, torch_zip, touching
from tests.clip.openai_model import random_openai_clip


def error(path: Path) -> str:
    with pytest.raises(NegdataError) as caught:
        read_checkpoint(path)
    assert str(path) in caught.value.problem
    return str(caught.value)


def tensors() -> dict[str, Any]:
    """Formats, shapes and ways to lie in memory that state dicts have."""
    return {
        "half": torch.arange(6.0).half().view(2, 3),
        "brain": torch.arange(4).bfloat16(),
        "double": torch.tensor(0.1, dtype=torch.float64),
        "turned": torch.arange(6.0).view(2, 3).t(),
        "part": torch.arange(10.0)[3:7],
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "count": torch.tensor(7),
    }


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert set(found) == set(wanted)
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


def test_what_torch_saves_is_read_as_torch_reads_it(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "plain.pt")
    assert_same(read_checkpoint(tmp_path / "plain.pt").tensors, tensors())
    ordered = OrderedDict(tensors())
    ordered._metadata = OrderedDict({"": {"version": 1}})  # type: ignore[attr-defined]
    torch.save(ordered, tmp_path / "ordered.bin")
    assert_same(read_checkpoint(tmp_path / "ordered.bin").tensors, tensors())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_of_pickle_is_read(tmp_path: Path, protocol: int) -> None:
    torch.save(tensors(), tmp_path / "plain.pt", pickle_protocol=protocol)
    assert_same(read_checkpoint(tmp_path / "plain.pt").tensors, tensors())


def test_a_checkpoint_of_training_is_unwrapped(tmp_path: Path) -> None:
    wrapped = {f"module.{name}": tensor for name, tensor in tensors().items()}
    optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 1e-6}]}
    torch.save({"epoch": 3, "name": "run", "state_dict": wrapped, "optimizer": optimizer}, tmp_path / "epoch_3.pt")
    assert_same(read_checkpoint(tmp_path / "epoch_3.pt").tensors, tensors())
    torch.save({"model": tensors(), "step": 1.5}, tmp_path / "model.pt")
    assert_same(read_checkpoint(tmp_path / "model.pt").tensors, tensors())


def test_what_follows_from_the_weights_is_left_out(tmp_path: Path) -> None:
    more = {"input_resolution": torch.tensor(224), "text_model.embeddings.position_ids": torch.arange(3)}
    torch.save(tensors() | more, tmp_path / "more.pt")
    assert_same(read_checkpoint(tmp_path / "more.pt").tensors, tensors())


def test_safetensors_say_their_activation_or_nothing(tmp_path: Path) -> None:
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors().items()}
    for said, metadata in ((None, None), (True, {QUICK_GELU: "true"}), (False, {QUICK_GELU: "false"})):
        save_file(whole, tmp_path / "a.safetensors", metadata=metadata)
        found = read_checkpoint(tmp_path / "a.safetensors")
        assert found.quick_gelu is said
        assert_same(found.tensors, whole)
    (tmp_path / "a.safetensors").rename(tmp_path / "renamed.bin")
    assert_same(read_checkpoint(tmp_path / "renamed.bin").tensors, whole)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("quick", [True, False])
def test_an_archive_of_torchscript_gives_its_weights_and_its_activation(tmp_path: Path, quick: bool) -> None:
    model = random_openai_clip(quick=quick, vocabulary=50, context=12)
    inputs = (torch.zeros(1, 3, 32, 32), torch.tensor([[48, 3, 49, *[0] * 9]]))
    torch.jit.trace(model, inputs).save(str(tmp_path / "jit.pt"))
    found = read_checkpoint(tmp_path / "jit.pt")
    assert found.quick_gelu is quick
    assert_same(found.tensors, dict(model.state_dict()))


@pytest.mark.filterwarnings("ignore")
def test_an_archive_that_was_scripted_is_read_too(tmp_path: Path) -> None:
    layer = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 2), torch.nn.BatchNorm2d(2))
    torch.jit.script(layer).save(str(tmp_path / "jit.pt"))
    found = read_checkpoint(tmp_path / "jit.pt")
    assert found.quick_gelu is None
    assert_same(found.tensors, dict(layer.state_dict()))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("which", range(5))
def test_a_pickle_that_would_run_code_is_named_and_not_run(tmp_path: Path, which: int, nested: bool) -> None:
    ran = tmp_path / "ran"
    name, evil = touching(ran)[which]
    held = {"state_dict": {"visual.proj": torch.ones(2)}, "deep": [({"x": evil},)]} if nested else evil
    torch.save(held, tmp_path / "evil.pt")
    plain_pickle(tmp_path / "evil.bin", evil, 4)
    for path in (tmp_path / "evil.pt", tmp_path / "evil.bin"):
        said = error(path)
        assert f" {name}, " in said
        assert "nothing of it was run" in said
    assert not ran.exists()
    if name != "builtins.getattr":  # what was refused does run where it is trusted
        pickle.loads((tmp_path / "evil.bin").read_bytes())
        assert ran.exists()


def test_a_global_of_torch_that_is_no_tensor_is_refused(tmp_path: Path) -> None:
    for function in (torch.load, torch.hub.load, torch.jit.load):
        torch.save({"a": torch.ones(1), "b": Runs(function, "x")}, tmp_path / "evil.pt")
        assert f".{function.__name__}" in error(tmp_path / "evil.pt")
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    assert "torch.nn.modules.linear.Linear" in error(tmp_path / "module.pt")


def test_allowed_objects_can_be_given_no_state_and_no_foreign_call(tmp_path: Path) -> None:
    builds = [
        b"ctorch._utils\n_rebuild_tensor_v2\n}Vx\nI1\nsb.",  # a state for a function of ours
        b"ccollections\nOrderedDict\n(N}Vupdate\nI1\nstb.",  # attributes of a class of Python's
        b"ctorch._utils\n_rebuild_parameter\n(ctorch\nFloatStorage\ntR)R.",  # the call of what is none
        b"c__torch__\nA\n}Vkind\nI1\nsb.",  # a state for a class, not for an object
        b"i__torch__\nA\n.",
        b"cmod\n" + b"a" * 200 + b"\n.",
    ]
    for number, build in enumerate(builds):
        error(torch_zip(tmp_path / f"{number}.pt", build))
    assert callable(OrderedDict.update)


def test_memory_bombs_in_a_pickle(tmp_path: Path) -> None:
    memo = b"}r\xff\xff\xff\xff."
    deep = b")" + b"\x85" * 200_000 + b"}h\x00s."
    key = b"}" + b")" + b"\x85" * 200_000 + b"I1\ns."
    long = b"X\xff\xff\xff\x7fabc."
    shared = b"]" + b"".join(b"q%c(h%ch%ce" % (i, i, i) for i in range(60)) + b"."
    tracemalloc.start()
    for number, bomb in enumerate((memo, deep, key, long, shared)):
        error(torch_zip(tmp_path / f"{number}.pt", bomb))
    assert tracemalloc.get_traced_memory()[1] < 100 << 20
    tracemalloc.stop()
    assert "at most" in error(torch_zip(tmp_path / "wide.pt", b"N" * (9 << 20)))


def test_a_description_that_fits_is_read(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "fits.pt", described("a"), {"0": torch.arange(4.0).numpy().tobytes()})
    assert_same(read_checkpoint(path).tensors, {"a": torch.arange(4.0)})


@pytest.mark.parametrize(
    ("lie", "storages", "said"),
    [
        ({"count": 10**15}, {"0": b"\0" * 16}, "a storage of 1,000,000,000,000,000 x float32 that has 16 bytes"),
        ({"count": 10**40}, {"0": b"\0" * 16}, "damaged"),
        ({}, {}, "isn't there"),
        ({}, {"0": b"\0" * 15}, "has 15 bytes"),
        ({"shape": "(I5\nt"}, {"0": b"\0" * 16}, "reaches beyond"),
        ({"offset": 1}, {"0": b"\0" * 16}, "reaches beyond"),
        ({"offset": -1}, {"0": b"\0" * 16}, "damaged"),
        ({"stride": "(I2\nt"}, {"0": b"\0" * 16}, "reaches beyond"),
        ({"shape": "(I1000000000\nt", "stride": "(I0\nt"}, {"0": b"\0" * 16}, "reaches beyond"),
        ({"shape": "(I4\nI0\nt", "stride": "(I1\nI1\nt"}, {"0": b"\0" * 16}, "has the shape (4, 0)"),
        ({"shape": "(I4\nI1\nt"}, {"0": b"\0" * 16}, "the strides (1,)"),
        ({"shape": "(I01\nt"}, {"0": b"\0" * 16}, "damaged"),
        ({"shape": "(I-4\nt"}, {"0": b"\0" * 16}, "damaged"),
    ],
)
def test_sizes_that_lie(tmp_path: Path, lie: dict[str, Any], storages: dict[str, bytes], said: str) -> None:
    assert said in error(torch_zip(tmp_path / "lies.pt", described("a", **lie), storages))


def test_zips_that_are_no_files_of_torch(tmp_path: Path) -> None:
    bomb = torch_zip(
        tmp_path / "bomb.pt", described("a", count=1 << 24), {"0": bytes(1 << 26)}, compression=zipfile.ZIP_DEFLATED
    )
    assert "compressed" in error(bomb)
    assert bomb.stat().st_size < 1 << 20
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("model.safetensors", b"x")
    assert "none that torch wrote" in error(tmp_path / "other.zip")
    torch.save(tensors(), tmp_path / "whole.pt")
    whole = (tmp_path / "whole.pt").read_bytes()
    for cut in (5, 30, len(whole) // 2, len(whole) - 1):
        (tmp_path / "torn.pt").write_bytes(whole[:cut])
        assert "can't be read" in error(tmp_path / "torn.pt")


def test_safetensors_that_lie(tmp_path: Path) -> None:
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    path = tmp_path / "a.safetensors"
    lies: list[tuple[Any, bytes, int | None]] = [
        ({"a": one | {"data_offsets": [0, 4]}}, bytes(4), None),
        ({"a": one | {"data_offsets": [8, 16]}}, bytes(16), None),
        ({"a": one | {"shape": [2**62, 2**62]}}, bytes(8), None),
        ({"a": one | {"shape": [10**9], "data_offsets": [0, 4 * 10**9]}}, bytes(8), None),
        ({"a": one | {"dtype": "NONE"}}, bytes(8), None),
        ({"a": one, "b": one}, bytes(8), None),
        ({"a": one}, bytes(8), 2**63),
        ({"a": one}, bytes(8), 10**9),
        ({"a": one}, bytes(7), None),
        (b'{"a": ' * 10_000, b"", None),
        (b"", b"", None),
    ]
    for header, content, length in lies:
        assert "damaged, or no safetensors file" in error(safetensors_file(path, header, content, length))
    assert read_checkpoint(safetensors_file(path, {"a": one}, bytes(8))).tensors["a"].tolist() == [0, 0]


def test_what_holds_no_weights(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"")
    assert "has no bytes" in error(path)
    path.write_bytes(b"<!DOCTYPE html><html>")
    assert "begins with b'<!DOCTYPE html><html>'" in error(path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")
    assert "begins with b'version https" in error(path)
    path.write_bytes(b"cos\nsystem\n(Vtouch x\ntR.")
    assert "holds no weights" in error(path)
    torch.save({"a": torch.ones(1), "epoch": 3, "args": [1]}, path)
    assert "mixes weights with what is none: 'epoch', 'args'" in error(path)
    torch.save({"epoch": 3}, path)
    assert "no state dict" in error(path)
    torch.save([torch.ones(1)], path)
    assert "no state dict" in error(path)
    torch.save({3: torch.ones(1)}, path)
    assert "mixes weights with what is none: 3" in error(path)
    assert "can't be read" in error(tmp_path)


def test_a_file_of_an_old_torch_is_to_be_written_anew(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert "older than 1.6" in error(tmp_path / "old.pt")
    again = torch.load(tmp_path / "old.pt", weights_only=True)
    torch.save(again, tmp_path / "new.pt")
    assert_same(read_checkpoint(tmp_path / "new.pt").tensors, tensors())


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), source=st.booleans())
def test_a_flipped_byte_is_read_or_refused(tmp_path: Path, place: int, byte: int, source: bool) -> None:
    whole = tmp_path / ("a.safetensors" if source else "a.pt")
    if not whole.exists():
        few = {"a": torch.arange(4.0), "b": torch.ones(2, 2)}
        save_file(few, whole) if source else torch.save(few, whole)
    content = bytearray(whole.read_bytes())
    content[place % len(content)] = byte
    flipped = tmp_path / f"flipped{whole.suffix}"
    flipped.write_bytes(content)
    with contextlib.suppress(NegdataError):
        read_checkpoint(flipped)


def test_a_model_that_refers_to_itself_ends(tmp_path: Path) -> None:
    itself = b"c__torch__\nA\n)\x81q\x00}(Vself\nh\x00ub."
    assert "no state dict" in error(torch_zip(tmp_path / "loop.pt", itself))
    nested = b"}q\x00Vstate_dict\nh\x00s."
    assert "no state dict" in error(torch_zip(tmp_path / "nest.pt", nested))
