"""Loads and checks a kind of YAML file that ships with negdata and that people write their own of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, Field, ValidationError

from negdata.errors import NegdataError, unknown_name
from negdata.shipped import Kind, shipped
from negdata.yamlfile import read_mapping, said


class Named(BaseModel):
    """What the schemas of such files have in common."""

    name: str
    version: int = Field(ge=1, lt=1 << 31)

    @property
    def id(self) -> str:
        """The name, the version and a hash of everything the file says: ``negrefcocog-strict@1-3f9c2e``."""
        content = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return f"{self.name}@{self.version}-{hashlib.blake2b(content, digest_size=3).hexdigest()}"


Schema = TypeVar("Schema", bound=Named)


@dataclass(frozen=True)
class YamlKind(Generic[Schema]):
    """A kind of file, one mapping each, called as its key ``name`` says.

    Attributes:
        folder: where the shipped ones are.
        schema: what each has to be.
        noun: one of them, for people: "benchmark definition".
        option: by which a command is given one.
        show: the command that prints a shipped one.
        say: one of pydantic's errors in words.
    """

    folder: Kind
    schema: type[Schema]
    noun: str
    option: str
    show: str
    say: Callable[[Any], str] = said

    def own(self, name: str) -> Schema | None:
        """The content of one's own file where ``name`` is the path of one, None where it is a shipped one's name.

        Raises:
            NegdataError: the file doesn't exist, or is wrong; every error is listed.
        """
        path = Path(name)
        if path.suffix not in (".yaml", ".yml"):
            return None
        if not path.is_file():
            raise NegdataError(f"The {self.noun.split()[-1]} {path} doesn't exist.", f"Check {self.option}.")
        return self.valid([path], str(path))[0]

    def named(self, name: str, known: Iterable[Schema]) -> Schema:
        """The one of this name; raises NegdataError with the nearest name where there is none."""
        found = {one.name: one for one in known}
        if name not in found:
            raise unknown_name(self.noun, name, found)
        return found[name]

    def shipped(self) -> tuple[Schema, ...]:
        """The shipped ones by name; NegdataError lists every error of all of them."""
        folder = shipped(self.folder)
        return tuple(self.valid(sorted(folder.glob("*.yaml")), str(folder)))

    def file(self, name: str) -> Path:
        """The file of a shipped one; raises NegdataError where there is none."""
        files = {path.stem: path for path in shipped(self.folder).glob("*.yaml")}
        if name not in files:
            raise unknown_name(self.noun, name, files)
        return files[name]

    def valid(self, paths: Sequence[Path], where: str = "") -> list[Schema]:
        """The content of files; NegdataError lists every error of all of them.

        Args:
            paths: of the files.
            where: what they are together, for the error; their own names where empty.
        """
        contents: list[Schema] = []
        problems: list[str] = []
        for path in paths:
            content, found = read_mapping(path)
            if not found:
                if isinstance(content.get("name"), str) and content["name"] != path.stem:
                    found.append(f"name is {content['name']!r}, but the file is called {path.stem!r}")
                try:
                    contents.append(self.schema.model_validate(content))
                except ValidationError as invalid:
                    found += [self.say(error) for error in invalid.errors()]
            problems += [f"{path.name}: {problem}" for problem in found]
        if problems:
            raise NegdataError(
                listed(problems, f"the {self.noun}s of {where or ', '.join(map(str, paths))}"),
                f"Mend the files; `{self.show} NAME` prints a shipped one to start from.",
            )
        return contents


def listed(problems: Sequence[str], where: str) -> str:
    """Several errors as the first sentence of a ``NegdataError``, a line each."""
    lines = "\n  ".join(problems)
    return f"{len(problems)} error{'s' if len(problems) > 1 else ''} in {where}:\n  {lines}\n"
