"""Packages that are loaded in a process of their own: it may fail, crash or hang."""

from __future__ import annotations

import time

import pytest

from negdata.doctor import loading, probes


def test_what_loads_says_what_it_found() -> None:
    pytest.importorskip("torch")
    with probes.probes(["torch"]) as started:
        found = started["torch"].result()
    assert found["devices"][-1]["name"] == "cpu"
    assert found["devices"][-1]["dtype"] == "float32"


def test_what_ends_python_is_told() -> None:
    with probes.probes(["no such probe"]) as started:
        assert "ends Python as it is loaded (exit code 1)" in started["no such probe"].result()["problem"]


def test_what_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "LONGEST", 0.0)
    began = time.monotonic()
    with probes.probes(["torch"]) as started:
        assert "takes more than" in started["torch"].result()["problem"]
    assert time.monotonic() - began < 5


def test_a_block_that_is_left_early_leaves_no_process() -> None:
    with pytest.raises(KeyError), probes.probes(["torch"]) as started:
        raise KeyError
    assert started["torch"]._process.returncode is not None


def test_every_package_that_is_probed_has_a_probe() -> None:
    assert set(loading.PROBES) == {"torch", "xllamacpp"}
