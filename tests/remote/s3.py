"""An S3 server of the test's own: moto's, in this process, on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

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

    def get(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket="bucket", Key=key)["Body"].read()
        return content

    def keys(self) -> list[str]:
        """The keys of all objects, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
        return sorted(one["Key"] for page in pages for one in page.get("Contents", ()))

    def unfinished(self) -> list[str]:
        """The keys of uploads in pieces that were neither finished nor given up."""
        return [one["Key"] for one in self.client.list_multipart_uploads(Bucket="bucket").get("Uploads", ())]


def variables_of(endpoint: str) -> dict[str, str]:
    """The environment in which the S3 of this process and its children is at ``endpoint``."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A server with an empty bucket, which the environment points to."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        environment = variables_of(endpoint)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=endpoint)
        client.create_bucket(Bucket="bucket")
        yield S3(endpoint, environment, client)
        forget_connections()
        _reset(endpoint)
    finally:
        server.stop()


def forget_connections() -> None:
    """fsspec keeps its file systems, with the server that they talk to, and we which servers answered."""
    import fsspec

    from negdata.remote import patience

    fsspec.AbstractFileSystem.clear_instance_cache()
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    patience._answered.clear()


def _reset(endpoint: str) -> None:
    from urllib.request import Request, urlopen

    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
