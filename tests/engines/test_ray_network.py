"""Two machines, as far as the network goes: raylets in network namespaces of their own, with a cable between them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import NEGDATA, environment, negdata
from tests.engines.corpus import same_records, write_captions

pytest.importorskip("ray", reason="Ray isn't installed")
ONE, OTHER = "negdata-one", "negdata-other"
ADDRESSES = {ONE: "10.231.77.1", OTHER: "10.231.77.2"}
RAY = Path(sys.executable).with_name("ray")
_ENDS = {ONE: "nd-one", OTHER: "nd-other"}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def inside(namespace: str, *words: str | Path, folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that sees no network but the namespace's."""
    # A head that others reach asks for the token, which all on this machine share.
    settings = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token"} | extra
    return subprocess.run(
        ["ip", "netns", "exec", namespace, *map(str, words)],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def cable() -> Iterator[None]:
    """Both namespaces, joined; skips where the machine doesn't allow it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the ip command")
    try:
        for namespace in ADDRESSES:
            ip("netns", "add", namespace)
        ip("link", "add", _ENDS[ONE], "type", "veth", "peer", "name", _ENDS[OTHER])
        for namespace, address in ADDRESSES.items():
            ip("link", "set", _ENDS[namespace], "netns", namespace)
            ip("-n", namespace, "addr", "add", f"{address}/24", "dev", _ENDS[namespace])
            ip("-n", namespace, "link", "set", _ENDS[namespace], "up")
            ip("-n", namespace, "link", "set", "lo", "up")
    except subprocess.CalledProcessError as error:
        remove()
        pytest.skip(f"this machine allows no network namespaces: {error.stderr.decode().strip()}")
    try:
        yield
    finally:
        remove()


def remove() -> None:
    for namespace in ADDRESSES:
        subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, check=False)
        found = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
        for process in found.stdout.split():
            subprocess.run(["kill", "-9", process], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)


def sent(namespace: str) -> int:
    """Bytes that left a namespace over the cable."""
    path = f"/sys/class/net/{_ENDS[namespace]}/statistics/tx_bytes"
    found = subprocess.run(["ip", "netns", "exec", namespace, "cat", path], capture_output=True, text=True, check=True)
    return int(found.stdout)


@pytest.mark.slow
def test_a_run_over_two_machines(tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 900)
    negdata("caption", "captions.jsonl", "-o", "one.jsonl", folder=tmp_path)
    with cable():
        head = f"{ADDRESSES[ONE]}:6379"
        begin = ("start", "--num-cpus", "1", "--disable-usage-stats")
        for namespace, words in (
            (ONE, ("--head", "--port", "6379", "--include-dashboard=false")),
            (OTHER, ("--address", head)),
        ):
            begun = inside(namespace, RAY, *begin, "--node-ip-address", ADDRESSES[namespace], *words, folder=tmp_path)
            assert begun.returncode == 0, begun.stdout + begun.stderr
        before = sent(OTHER)
        command = (NEGDATA, "caption", "captions.jsonl", "-o", "out", "--engine", "ray", "--ray-address", head)
        refused = inside(ONE, *command, folder=tmp_path, RAY_AUTH_MODE="disabled")
        assert refused.returncode == 2
        assert "asks for its token" in refused.stderr
        done = inside(ONE, *command, "--workers", "2", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        # A worker has to be on the other machine, which has the second of two cores.
        assert sent(OTHER) - before > 50_000
    assert same_records(tmp_path / "one.jsonl", tmp_path / "out")
