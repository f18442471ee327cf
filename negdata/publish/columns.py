"""The columns of a published record: one table from which parquet, card and Croissant all take theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "int64", "float64", "bool", "image", "struct"]
IdType = Literal["string", "int64"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a member of one that is a ``struct``."""

    name: str
    type: Type
    about: str
    members: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class IdTypes:
    """The types of the columns of ids, which a source may give as numbers, as text, or as both."""

    image_id: IdType = "int64"
    caption_id: IdType = "int64"


VERDICT = (
    Column("p_present", "float64", "the probability that it is in the image; null where the judge gives none"),
    Column("present", "bool", "whether it is"),
    Column("verifier", "string", "the judge"),
    Column("model", "string", "the judge's model"),
)
MADE_BY = (
    Column("backend", "string", "what drove the model"),
    Column("model", "string", "what wrote the caption"),
    Column("prompt", "string", "name and hash of the prompt"),
    Column("construction", "string", "the grammatical construction, where rules wrote it"),
    Column("seed", "int64", "the seed"),
    Column("attempts", "int64", "captions drawn until one was sound"),
    Column("proposals", "int64", "objects put to a judge until one was absent"),
)


def columns(ids: IdTypes, *, image: Literal["string", "image"]) -> tuple[Column, ...]:
    """The columns in the order of a record's keys; ``image`` says whether the image itself is in them or its name."""
    about = "the image; its path is the name in the records" if image == "image" else "the name of the image's file"
    return (
        Column("id", "string", "the record's own"),
        Column("image", image, about),
        Column("image_id", ids.image_id, "the source's number or name of the image"),
        Column("caption_id", ids.caption_id, "the source's number or name of the caption"),
        Column("caption", "string", "the original caption"),
        Column("pipeline", "string", "how the absent thing was found: objects, random or vqa"),
        Column("question", "string", 'of vqa: the question that was answered "no"'),
        Column("kind", "string", "of vqa: what is denied, an object, action, attribute, relation or count"),
        Column("negated", "string", "what the negated caption says is absent"),
        Column("negated_caption", "string", "the caption that says so"),
        Column("false_caption", "string", "a caption that is false: it denies what the image shows"),
        Column("verdict", "struct", "a judge's word on what is negated", VERDICT),
        Column("made_by", "struct", "what wrote the negated caption", MADE_BY),
    )
