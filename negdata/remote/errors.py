"""What goes wrong with storage elsewhere, in words: whatever package says it, a person learns what to do."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Iterator

from negdata.errors import NegdataError
from negdata.redact import redact
from negdata.remote.address import Address
from negdata.remote.schemes import scheme_of

_PACKAGES = frozenset(
    "fsspec s3fs botocore aiobotocore aiohttp urllib3 requests httpx httpx2 httpcore httpcore2 huggingface_hub gcsfs "
    "google adlfs azure paramiko".split()
)
"""Whose own kinds of exception are about the storage; other exceptions than these and OSError are mistakes of ours."""
_NO_CREDENTIALS = frozenset(
    "NoCredentialsError PartialCredentialsError ProfileNotFound CredentialRetrievalError TokenRetrievalError "
    "DefaultCredentialsError RefreshError LocalTokenNotFoundError GatedRepoError ClientAuthenticationError "
    "AuthenticationException".split()
)
_REFUSED = frozenset(
    "401 403 AccessDenied AllAccessDisabled ExpiredToken Forbidden InvalidAccessKeyId InvalidToken "
    "SignatureDoesNotMatch AuthorizationHeaderMalformed InvalidClientTokenId UnrecognizedClientException".split()
)
_SILENT = frozenset(
    "EndpointConnectionError ConnectTimeoutError ConnectionTimeoutError ProxyConnectionError ClientConnectorError "
    "ClientConnectorDNSError ConnectError ConnectTimeout".split()
)
_BROKEN_OFF = frozenset(
    "ReadTimeoutError ReadTimeout ReadError ConnectionClosedError HTTPClientError IncompleteRead ClientPayloadError "
    "ClientOSError ServerDisconnectedError ServerTimeoutError SocketTimeoutError FSTimeoutError TimeoutError "
    "ResponseParserError RemoteProtocolError ResponseStreamingError ChunkedEncodingError ConnectionError "
    "AioConnectionError".split()
)
_BUSY = frozenset("SlowDown ServiceUnavailable InternalError RequestTimeout OperationAborted Throttling".split())
_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_ERRNO = frozenset({errno.EBUSY, errno.EREMOTEIO, errno.EAGAIN})
_MOST_SAID = 300


class Missing(NegdataError):
    """There is no such file or folder."""


class Passing(NegdataError):
    """A problem that may be over in a moment: the server is down, busy, or broke off.

    Attributes:
        answered: whether the server said anything at all.
    """

    def __init__(self, problem: str, remedy: str, *, answered: bool) -> None:
        super().__init__(problem, remedy)
        self.answered = answered

    def __reduce__(self) -> tuple[type[NegdataError], tuple[str, str]]:
        return NegdataError, (self.problem, self.remedy)


@contextlib.contextmanager
def told(address: Address) -> Iterator[None]:
    """Turns every error of the storage into a NegdataError, ``Missing`` or ``Passing`` where it is such.

    No value of a credential is in it. What the block writes on this machine doesn't belong into it.
    """
    try:
        yield
    except NegdataError:
        raise
    except Exception as error:
        if not _is_storage(error):
            raise
        raise _explained(address, error) from error


def _is_storage(error: Exception) -> bool:
    if isinstance(error, OSError | TimeoutError | asyncio.TimeoutError):
        return True
    return any(kind.__module__.partition(".")[0] in _PACKAGES for kind in type(error).__mro__)


def _explained(address: Address, error: Exception) -> NegdataError:
    chain = list(_chain(error))
    names = {kind.__name__ for one in chain for kind in type(one).__mro__}
    codes = {code for one in chain for code in _codes(one)}
    said = _said(chain)
    if names & _NO_CREDENTIALS or codes & _REFUSED or any(isinstance(one, PermissionError) for one in chain):
        return _refused(address, said, missing=bool(names & _NO_CREDENTIALS))
    if "NoSuchBucket" in codes or "RepositoryNotFoundError" in names:
        return NegdataError(
            f"{address} is in no bucket or repository that there is ({said}).", "Check the address; make it first."
        )
    if any(isinstance(one, FileNotFoundError) for one in chain) or codes & {"404", "NoSuchKey", "410"}:
        return Missing(f"{address} doesn't exist.", "Check the address.")
    if any(isinstance(one, IsADirectoryError) for one in chain):
        return NegdataError(f"{address} is a folder.", "Name a file.")
    return _passing(address, chain, names, codes, said) or NegdataError(
        f"{address} can't be reached: {said}.", "Check the address, and the network and the settings of its storage."
    )


def _passing(
    address: Address, chain: list[BaseException], names: set[str], codes: set[str], said: str
) -> NegdataError | None:
    busy = bool(codes & _BUSY) or any(code.isdecimal() and int(code) in _PASSING_STATUS for code in codes)
    if busy or any(isinstance(one, OSError) and one.errno in _PASSING_ERRNO for one in chain):
        return Passing(
            f"{address} can't be reached: its server is out of order or too busy ({said}).",
            "Try again in a while.",
            answered=True,
        )
    if names & _SILENT or names & _BROKEN_OFF or any(isinstance(one, ConnectionError) for one in chain):
        return Passing(
            f"{address} can't be reached: its server doesn't answer ({said}).",
            "Check the network and the address of the server"
            + (" (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL)." if address.scheme in ("s3", "s3a") else "."),
            answered=False,
        )
    return None


def _refused(address: Address, said: str, *, missing: bool) -> NegdataError:
    problem = (
        f"{address} needs credentials, and none were found" if missing else f"{address} refuses the credentials given"
    )
    variables = scheme_of(address.scheme).variables
    remedy = f"Set {', '.join(variables)}." if variables else "Check the address and who may read it."
    if address.scheme in ("s3", "s3a"):
        remedy = f"Set {variables[0]} and {variables[1]}, or {variables[2]}, to those that may use it."
    return NegdataError(f"{problem} ({said}).", remedy)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _codes(error: BaseException) -> Iterator[str]:
    """The codes of an answer, as each package keeps them: text such as NoSuchKey, and the HTTP status."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore
        yield str(response.get("Error", {}).get("Code", ""))
        yield str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    for holder, name in ((response, "status_code"), (error, "status"), (error, "code"), (error, "status_code")):
        code = getattr(holder, name, None)
        if isinstance(code, int):
            yield str(code)


def _said(chain: list[BaseException]) -> str:
    """What was said, by the last in the chain who said anything: the nearest to the server."""
    for one in reversed(chain):
        text = " ".join(redact(str(one)).split()).rstrip(".")
        if text:
            return text if len(text) <= _MOST_SAID else text[: _MOST_SAID - 1] + "…"
    return type(chain[-1]).__name__
