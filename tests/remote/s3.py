"""An S3 server of the tests' own: moto's, in this process, on a free port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

KEY, SECRET = "AKIATESTTESTTESTTEST", "s3cr3tOfTheTestAndOfNobodyElse0123456789"


class S3(NamedTuple):
    """A server with one bucket, ``bucket``.

    Attributes:
        endpoint: its address, ``http://127.0.0.1:…``.
        variables: what a process needs in its environment to use it.
        client: boto3's.
    """

    endpoint: str
    variables: dict[str, str]
    client: Any

    def put(self, key: str, content: bytes) -> str:
        """Puts an object there; its address is returned."""
        self.client.put_object(Bucket="bucket", Key=key, Body=content)
        return f"s3://bucket/{key}"

    def put_many(self, keys: Iterable[str]) -> None:
        """Puts empty objects there, past the protocol: a request for each would take half a minute."""
        from moto.s3.models import s3_backends

        for key in keys:
            s3_backends["123456789012"]["aws"].put_object("bucket", key, b"")

    def get(self, key: str) -> bytes:
        """An object's content."""
        content: bytes = self.client.get_object(Bucket="bucket", Key=key)["Body"].read()
        return content

    def listed(self) -> list[str]:
        """The keys of all objects, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
        return sorted(one["Key"] for page in pages for one in page.get("Contents", ()))

    def unfinished(self) -> list[str]:
        """The keys of uploads in pieces that were neither finished nor given up."""
        return [one["Key"] for one in self.client.list_multipart_uploads(Bucket="bucket").get("Uploads", ())]


def variables_of(endpoint: str) -> dict[str, str]:
    """The environment in which the S3 of a process is at ``endpoint``."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server, for as long as the tests run."""
    pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A server with an empty bucket, which the environment points to."""
    import boto3

    _reset(s3_endpoint)
    environment = variables_of(s3_endpoint)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_connections()
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="bucket")
    yield S3(s3_endpoint, environment, client)
    forget_connections()


@contextlib.contextmanager
def asking_for_credentials(s3: S3) -> Iterator[None]:
    """Has the server refuse keys that nobody was given: it knows none."""

    def after(requests: int) -> None:
        url, plain = f"{s3.endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        urlopen(Request(url, str(requests).encode(), plain, method="POST")).close()

    after(0)
    try:
        yield
    finally:
        after(1 << 60)


def forget_connections() -> None:
    """s3fs keeps its file systems, with the server and the key that they were made for; we, who answered."""
    import s3fs

    from negdata.remote import patience

    s3fs.S3FileSystem.clear_instance_cache()
    patience._answered.clear()


def _reset(endpoint: str) -> None:
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
