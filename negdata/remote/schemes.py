"""What each kind of address needs: the package that reaches it, and the variables that hold its credentials."""

from __future__ import annotations

from typing import NamedTuple

_EXTRA = 'pip install "negdata[remote]"'


class Scheme(NamedTuple):
    """The command that installs what reaches an address, and the variables that its credentials come from."""

    install: str
    variables: tuple[str, ...] = ()


_S3 = Scheme(_EXTRA, ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"))
_GS = Scheme("pip install gcsfs", ("GOOGLE_APPLICATION_CREDENTIALS",))
_AZURE = Scheme("pip install adlfs", ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"))
_WEB = Scheme("pip install fsspec aiohttp")
_SCHEMES = {
    "s3": _S3,
    "s3a": _S3,
    "gs": _GS,
    "gcs": _GS,
    "hf": Scheme("pip install huggingface_hub", ("HF_TOKEN",)),
    "az": _AZURE,
    "abfs": _AZURE,
    "abfss": _AZURE,
    "http": _WEB,
    "https": _WEB,
    "sftp": Scheme("pip install paramiko"),
    "ssh": Scheme("pip install paramiko"),
    "hdfs": Scheme("pip install pyarrow"),
}


def scheme_of(name: str) -> Scheme:
    """What a scheme needs; one that isn't known here is left to fsspec."""
    return _SCHEMES.get(name, Scheme(_EXTRA))
