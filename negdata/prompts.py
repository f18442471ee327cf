"""Loads, checks, renders and hashes prompts/*.yaml: what the models are asked.

Rendering is jinja2 in its sandbox, since people share prompt files; every variable is data to the template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, ValidationError

from negdata.backends.base import Message, Request, Sampling
from negdata.errors import NegdataError, unknown_name
from negdata.shipped import shipped
from negdata.yamlfile import read_mapping, said

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

TASKS: dict[str, frozenset[str]] = {
    "propose": frozenset({"caption", "others", "candidates", "excluded"}),
    "rewrite": frozenset({"caption", "negated"}),
    "contrast": frozenset({"caption", "present"}),
    "verify": frozenset({"object", "plural", "question"}),
    "verify-structured": frozenset({"object", "plural", "question"}),
    "question": frozenset({"caption", "question"}),
}
"""The variables that each task has to offer; a prompt may declare and use any of them."""


class Example(BaseModel):
    """A worked example, shown as a turn of the chat."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, JsonValue]
    reply: dict[str, JsonValue]


class Choices(BaseModel):
    """A property of the reply that is limited to the values of a variable, where that isn't empty."""

    model_config = ConfigDict(extra="forbid")

    property: str
    variable: str


_LISTS = frozenset({"others", "candidates", "excluded"})
_SPOKEN_PARTS = ("system", "user")


class Prompt(BaseModel):
    """A prompt file: the schema of prompts/*.yaml.

    Attributes:
        phrasings: other ways to put ``user``, for tasks that are asked several times.
        reply: the JSON schema of the reply; empty for free text.
        answers: the answers whose probabilities are wanted instead of a reply.
    """

    model_config = ConfigDict(extra="forbid", ignored_types=(cached_property,))

    name: str
    version: int = Field(ge=1)
    description: str
    variables: list[str]
    system: str = ""
    user: str
    phrasings: list[str] = []
    reply: dict[str, JsonValue] = {}
    answers: list[str] = []
    examples: list[Example] = []
    choices: Choices | None = None
    max_tokens: int = Field(ge=1, le=8192)

    _templates: dict[str, Any] = PrivateAttr(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """The name and a hash of everything the prompt says: ``rewrite@3f9c2e``."""
        # Keys that came later are left out where they are empty: a prompt that hasn't changed keeps its id.
        later = {key for key in ("phrasings", "answers") if not getattr(self, key)}
        content = orjson.dumps(self.model_dump(mode="json", exclude=later), option=orjson.OPT_SORT_KEYS)
        return f"{self.name}@{hashlib.blake2b(content, digest_size=3).hexdigest()}"

    @property
    def ways(self) -> int:
        """In how many ways the prompt can be put."""
        return 1 + len(self.phrasings)

    def render(self, inputs: Mapping[str, JsonValue], way: int = 0) -> tuple[Message, ...]:
        """The chat: the system text, if any, the examples as turns, and the question; ``way`` 0 is ``user``."""
        spoken = "user" if way == 0 else f"phrasings.{way - 1}"
        return (*self._head, Message("user", self._template(spoken).render(inputs)))

    def request(
        self,
        inputs: Mapping[str, JsonValue],
        *,
        temperature: float,
        top_p: float,
        seed: int,
        way: int = 0,
        images: tuple[bytes, ...] = (),
    ) -> Request:
        """The request for these inputs, with images shown; ``way`` as for ``render``."""
        return Request(
            task=self.name,
            prompt=self.id,
            inputs=inputs,
            messages=self.render(inputs, way),
            schema=self._schema(inputs),
            sampling=Sampling(temperature, top_p, self.max_tokens),
            seed=seed,
            images=images,
            choices=tuple(self.answers),
        )

    @cached_property
    def _head(self) -> tuple[Message, ...]:
        turns = [Message("system", self._template("system").render())] if self.system else []
        for example in self.examples:
            turns.append(Message("user", self._template("user").render(example.inputs)))
            turns.append(Message("assistant", orjson.dumps(example.reply).decode()))
        return tuple(turns)

    def _schema(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, JsonValue] | None:
        if not self.reply:
            return None
        if self.choices is None or not inputs.get(self.choices.variable):
            return self.reply
        limited = {"type": "string", "enum": inputs[self.choices.variable]}
        properties = {**self.reply["properties"], self.choices.property: limited}  # type: ignore[dict-item]
        return {**self.reply, "properties": properties}

    def _template(self, part: str) -> Template:
        if part not in self._templates:
            name, _, number = part.partition(".")
            text = self.phrasings[int(number)] if number else getattr(self, name)
            self._templates[part] = _environment().from_string(text)
        template: Template = self._templates[part]
        return template


def load_prompt(name: str, folder: Path | None = None) -> Prompt:
    """One valid prompt: the folder's, or the shipped one of that name.

    Raises:
        NegdataError: there is no such prompt, or some prompt of the folder is wrong; every error is listed.
    """
    found = {prompt.name: prompt for prompt in load_prompts(folder)}
    if name not in found:
        raise unknown_name("prompt", name, found)
    return found[name]


def load_prompts(folder: Path | None = None) -> list[Prompt]:
    """All prompts by name: the shipped ones, each replaced by the folder's of the same name."""
    return list(_load(folder))


def prompt_file(name: str, folder: Path | None = None) -> Path:
    """The file of a prompt."""
    files = _files(folder)
    if name not in files:
        raise unknown_name("prompt", name, files)
    return files[name]


@lru_cache(maxsize=8)
def _load(folder: Path | None) -> tuple[Prompt, ...]:
    prompts: list[Prompt] = []
    problems: list[str] = []
    for path in _files(folder).values():
        prompt, found = _check(path)
        problems += [f"{path.name}: {problem}" for problem in found]
        if prompt is not None and not found:
            prompts.append(prompt)
    if problems:
        listed = "\n  ".join(problems)
        raise NegdataError(
            f"{len(problems)} error{'s' if len(problems) > 1 else ''} in the prompts of {folder or shipped('prompts')}:"
            f"\n  {listed}\n",
            "Mend the files; `negdata prompts show NAME` prints a shipped one to start from.",
        )
    return tuple(sorted(prompts, key=lambda prompt: prompt.name))


def _files(folder: Path | None) -> dict[str, Path]:
    files = {path.stem: path for path in sorted(shipped("prompts").glob("*.yaml"))}
    if folder is not None:
        if not folder.is_dir():
            raise NegdataError(f"The prompt folder {folder} doesn't exist.", "Check --prompts.")
        own = {path.stem: path for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))}
        if not own:
            raise NegdataError(f"The prompt folder {folder} holds no .yaml file.", "Check --prompts.")
        files |= own
    return files


def _check(path: Path) -> tuple[Prompt | None, list[str]]:
    content, unreadable = read_mapping(path)
    if unreadable:
        return None, unreadable
    problems = _template_problems(content, path.stem)
    try:
        prompt = Prompt.model_validate(content)
    except ValidationError as invalid:
        return None, [said(error) for error in invalid.errors()] + problems
    return (None, problems) if problems else (prompt, _rendering_problems(prompt))


def _rendering_problems(prompt: Prompt) -> list[str]:
    """What a run would stumble on at its first caption: unsafe attributes, filters that don't fit."""
    from jinja2 import TemplateError

    try:
        inputs: dict[str, JsonValue] = {v: ["dog"] if v in _LISTS else "A dog." for v in prompt.variables}
        for way in range(prompt.ways):
            prompt.render(inputs, way)
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return [f"its templates can't be rendered: {error}"]
    return []


def _template_problems(content: dict[str, Any], stem: str) -> list[str]:
    """What is wrong between the templates, the declared variables and the task."""
    from jinja2 import TemplateSyntaxError, meta

    problems = []
    name = content.get("name")
    if isinstance(name, str) and name != stem:
        problems.append(f"name is {name!r}, but the file is called {stem!r}")
    declared = content.get("variables")
    known = set(declared) if isinstance(declared, list) and all(isinstance(v, str) for v in declared) else set()
    offered = TASKS.get(str(name), frozenset(known))
    problems += [f"variable {variable!r} is none that the task {name!r} offers" for variable in sorted(known - offered)]
    used: set[str] = set()
    for part, text in _spoken(content):
        try:
            found = meta.find_undeclared_variables(_environment().parse(text))
        except TemplateSyntaxError as error:
            problems.append(f"{part} is no valid template at its line {error.lineno}: {error.message}")
            continue
        used |= found
        problems += [f"{part} uses {v!r}, which variables doesn't declare" for v in sorted(found - known)]
    problems += [f"variable {v!r} is declared and never used" for v in sorted(known - used)]
    if "caption" in offered and "caption" not in used:
        problems.append("no template uses 'caption'")
    return problems


def _spoken(content: dict[str, Any]) -> list[tuple[str, str]]:
    """The templates of a file, each with the name of its place."""
    parts = [(part, content.get(part)) for part in _SPOKEN_PARTS]
    further = content.get("phrasings")
    if isinstance(further, list):
        parts += [(f"phrasings.{number}", text) for number, text in enumerate(further)]
    return [(part, text) for part, text in parts if isinstance(text, str)]


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    # Captions are quoted as JSON, letters of every script left as they are.
    environment.filters["tojson"] = lambda value: orjson.dumps(value).decode()
    return environment
