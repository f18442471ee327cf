"""``OUT.manifest.json``: what made an output, with which settings, and how far it came."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Literal, TypeVar

import orjson
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from negdata import __version__
from negdata.errors import NegdataError
from negdata.redact import redact_patterns
from negdata.remote import Address
from negdata.remote.errors import Missing
from negdata.remote.files import read_bytes
from negdata.throughput import Sample
from negdata.whole_files import write_whole

_ENGINES = ("openai", "ollama", "xllamacpp", "transformers", "vllm", "torch")
State = Literal["running", "finished", "interrupted", "stopped"]


class Counts(BaseModel):
    """The equation that every run keeps: ``in`` = kept + rejected + failed."""

    model_config = ConfigDict(extra="forbid")

    taken: int = Field(default=0, validation_alias=AliasChoices("in", "taken"), serialization_alias="in")
    kept: int = 0
    rejected: int = 0
    failed: int = 0

    @property
    def accounted(self) -> int:
        return self.kept + self.rejected + self.failed

    def plus(self, other: Counts) -> Counts:
        """The sum of two runs over different records."""
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in Counts.model_fields})


class Usage(BaseModel):
    """What a run asked of its backend; tokens are those that the backend reports."""

    model_config = ConfigDict(extra="forbid")

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def plus(self, other: Usage) -> Usage:
        """The sum of two runs."""
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in Usage.model_fields})

    def minus(self, earlier: Usage) -> Usage:
        """What came since an earlier count."""
        return Usage(**{name: getattr(self, name) - getattr(earlier, name) for name in Usage.model_fields})


class Manifest(BaseModel):
    """The schema of the manifest. ``usage``, ``seconds`` and ``runs`` add up over resumed runs.

    ``versions`` are those of Python and of the packages that drive the model. ``progress`` says how far the runs were
    at what time; where there is none, the file has no such key.
    """

    model_config = ConfigDict(extra="forbid")

    negdata: str = __version__
    versions: dict[str, str] = Field(default_factory=dict)
    state: State = "running"
    command: str
    settings: dict[str, JsonValue]
    settings_hash: str
    counts: Counts = Field(default_factory=Counts)
    reasons: dict[str, int] = Field(default_factory=dict)
    errors: dict[str, int] = Field(default_factory=dict)
    usage: Usage = Field(default_factory=Usage)
    started: str
    finished: str | None = None
    seconds: float = 0.0
    runs: int = 1
    progress: list[Sample] = Field(default_factory=list)
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Replaces the file at once; raises NegdataError where it can't."""
        write_whole(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The file's content."""
        self.versions = _versions()
        content = self.model_dump(mode="json", by_alias=True)
        if self.progress:
            content["progress"] = orjson.Fragment(orjson.dumps(self.progress))  # a line, not six a sample
        else:
            del content["progress"]
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _versions() -> dict[str, str]:
    """Of Python, and of those packages that drive a model and are in use."""
    versions = {"python": platform.python_version()}
    for name in _ENGINES:
        if name in sys.modules:
            with suppress(metadata.PackageNotFoundError):
                versions[name] = metadata.version(name)
    return versions


AnyManifest = TypeVar("AnyManifest", bound=Manifest)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest of an output, None where there is none; raises NegdataError where it can't be understood."""
    return read_manifest_as(Manifest, path)


def read_manifest_as(schema: type[AnyManifest], path: Path) -> AnyManifest | None:
    """As ``read_manifest``, for a manifest that says more."""
    try:
        content = read_bytes(path) if isinstance(path, Address) else path.read_bytes()
    except (FileNotFoundError, Missing):
        return None
    except OSError as error:
        raise NegdataError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from error
    return parse_manifest(schema, content, path)


def parse_manifest(schema: type[AnyManifest], content: bytes, path: Path) -> AnyManifest:
    """The manifest that a file, which ``path`` names, has for content; raises NegdataError where it is none."""
    try:
        return schema.model_validate(orjson.loads(content))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise NegdataError(
            f"{path} isn't a manifest that negdata {__version__} understands ({_first_problem(error)}).",
            "Restore it, start over with --fresh, or give another --out.",
        ) from error


def now() -> str:
    """The time in UTC, to the second, as manifests give it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def clean_settings(settings: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Settings as the manifest holds them: plain JSON, secrets masked."""
    return {name: _clean(settings[name]) for name in sorted(settings)}


def _clean(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return redact_patterns(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {name: _clean(value[name]) for name in sorted(value)}
    return value


def settings_hash(settings: Mapping[str, JsonValue]) -> str:
    """A hash of clean settings, the same whatever the order of their keys."""
    return blake2b(orjson.dumps(dict(settings), option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def refuse_other_settings(out: Path, before: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> None:
    """Raises NegdataError that names every setting in which two runs differ, with both values."""
    differ = other_settings(before, now)
    if not differ:
        return
    listed = "; ".join(f"{name} was {old} and is now {new}" for name, old, new in differ)
    raise NegdataError(
        f"{out} was made with other settings: {listed}.",
        "Give the same settings to go on, --fresh to start over, or another --out.",
    )


def other_settings(one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> list[tuple[str, str, str]]:
    """The settings in which two runs differ, each with both values as they are shown."""
    left, right = dict(_flat(one)), dict(_flat(other))
    names = [name for name in {**left, **right} if left.get(name) != right.get(name)]
    return [(name, _shown(left.get(name)), _shown(right.get(name))) for name in names]


def _flat(settings: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _shown(value: JsonValue) -> str:
    text = "not set" if value is None else orjson.dumps(value).decode()
    return text if len(text) <= 120 else text[:117] + "..."


def _first_problem(error: orjson.JSONDecodeError | ValidationError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'content'}: {first['msg']}"
    return str(error)
