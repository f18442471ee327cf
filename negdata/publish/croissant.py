"""``croissant.json``: a dataset told to machines, in Croissant 1.0 (MLCommons).

Every file stands in it with its size and SHA-256, relative to the dataset's folder; the fields of records are those
that mlcroissant reads.
"""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from negdata import __version__
from negdata.publish import hf
from negdata.publish.coco import NAME
from negdata.publish.columns import Column
from negdata.publish.figures import Account
from negdata.publish.files import PublishedFile
from negdata.publish.settings import DataExportSettings

CONTEXT: dict[str, JsonValue] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""That of the specification, which readers compare with."""
_TYPES = {
    "string": "sc:Text",
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
    "image": "sc:ImageObject",
}
_FILES = "record-files"
"""The set of files that hold the records."""
_TEXTS = "text-files"
_KEY = Column("key", "string", "the sample's key")
_RECORD = Column("record", "string", "the whole record in JSON")
_IMAGES_FILE = f"{NAME}#images"
"""The document once more: mlcroissant reads but one table out of each file object."""
_CITATION = (
    'Park et al.: Know "No" Better: A Data-Driven Approach for Enhancing Negation Awareness in CLIP. ICCV 2025. '
    "arXiv:2501.10913"
)


def croissant(settings: DataExportSettings, columns: tuple[Column, ...], account: Account) -> dict[str, JsonValue]:
    """The JSON-LD document."""
    distribution: list[JsonValue] = [_file_object(file) for file in account.files]
    fields = _by_name(columns)
    records: list[JsonValue]
    if settings.to == "coco":
        distribution += [_file_object(file, identity=_IMAGES_FILE) for file in account.files]
        records = _coco_records(fields, account)
    elif settings.to == "webdataset":
        shards = [file.name for file in account.files]
        distribution += [
            _file_set("text/plain", "*.txt", shards, identity=_TEXTS),
            _file_set("application/json", "*.json", shards),
        ]
        records = [
            _record_set("captions", _in_tar("captions", _TEXTS, fields["negated_caption"])),
            _record_set("records", _in_tar("records", _FILES, _RECORD)),
        ]
    else:
        stem = hf.STEM if settings.to == "hf" else "captions"
        distribution.append(_file_set("application/x-parquet", f"{stem}-*.parquet", []))
        records = [_record_set("records", [_in_column(column) for column in columns])]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": settings.title,
        "description": description(settings, account),
        "license": settings.licence,
        "version": "1.0.0",
        "inLanguage": "en",
        "keywords": ["CLIP", "negation", "image captions", "vision-language"],
        "citeAs": _CITATION,
        "distribution": distribution,
        "recordSet": records,
    }


def description(settings: DataExportSettings, account: Account) -> str:
    """What the dataset is, in a few sentences."""
    figures = account.figures
    unverified = f", {figures.without_verdict:,} of them unverified" if figures.without_verdict else ""
    return (
        f"{figures.records:,} image captions that say what is absent{unverified}, on {figures.images:,} images, each "
        f"with its original caption. Licence of the captions: {settings.licence}. Licence of the images"
        f"{'' if settings.embeds else ', which are not part of it'}: {settings.image_licence}. "
        f"Written by negdata {__version__}."
    )


def _file_object(file: PublishedFile, identity: str | None = None) -> dict[str, JsonValue]:
    return {
        "@type": "cr:FileObject",
        "@id": identity or file.name,
        "name": identity or file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _file_set(media_type: str, includes: str, containers: list[str], *, identity: str = _FILES) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {
        "@type": "cr:FileSet",
        "@id": identity,
        "name": identity,
        "encodingFormat": media_type,
        "includes": includes,
    }
    if containers:
        told["containedIn"] = [{"@id": name} for name in containers]
    return told


def _record_set(name: str, fields: list[JsonValue], key: str | None = None) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}
    return told | ({"key": {"@id": key}} if key else {})


def _field(identity: str, column: Column, source: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "@type": "cr:Field",
        "@id": identity,
        "name": identity.rpartition("/")[2],
        "description": column.about,
        "dataType": _TYPES[column.type],
        "source": source,
    }


def _in_column(column: Column) -> dict[str, JsonValue]:
    """A field out of a column of parquet; members of a struct are picked out of its value."""
    source: dict[str, JsonValue] = {"fileSet": {"@id": _FILES}, "extract": {"column": column.name}}
    identity = f"records/{column.name}"
    if column.type == "image":
        return _field(identity, column, source | {"transform": {"jsonPath": "bytes"}})
    if column.type != "struct":
        return _field(identity, column, source)
    members: list[JsonValue] = [
        _field(f"{identity}/{member.name}", member, source | {"transform": {"jsonPath": member.name}})
        for member in column.members
    ]
    return {
        "@type": "cr:Field",
        "@id": identity,
        "name": column.name,
        "description": column.about,
        "subField": members,
    }


def _in_tar(record_set: str, file_set: str, column: Column) -> list[JsonValue]:
    """The fields of a sample's part: its key, and its whole content."""
    at: dict[str, JsonValue] = {"fileSet": {"@id": file_set}}
    named = at | {"extract": {"fileProperty": "filename"}, "transform": {"regex": r"^([^.]+)\..*$"}}
    return [
        _field(f"{record_set}/key", _KEY, named),
        _field(f"{record_set}/{column.name}", column, at | {"extract": {"fileProperty": "content"}}),
    ]


def _always(account: Account) -> list[str]:
    """The keys that every record has: a path that leads nowhere in one of them can't be read in any."""
    optional = [name for name in account.figures.present if account.figures.present[name] == account.figures.records]
    return ["id", "caption", "negated_caption", *sorted(optional)]


def _coco_records(fields: dict[str, Column], account: Account) -> list[JsonValue]:
    files = {"images": _IMAGES_FILE, "annotations": NAME}

    def at(record_set: str, name: str, path: str, column: Column, **further: Any) -> JsonValue:
        source: dict[str, JsonValue] = {"fileObject": {"@id": files[record_set]}, "extract": {"jsonPath": path}}
        return _field(f"{record_set}/{name}", column, source) | further

    annotations: dict[str, str] = {
        "id": "caption_id",
        "record_id": "id",
        "caption": "caption",
        "updated_caption": "negated_caption",
        **{name: name for name in ("negated", "false_caption") if name in _always(account)},
    }
    reference = {"references": {"field": {"@id": "images/id"}}}
    return [
        _record_set(
            "images",
            [
                at("images", "id", "$.images[*].id", fields["image_id"]),
                at("images", "file_name", "$.images[*].file_name", fields["image"]),
            ],
            key="images/id",
        ),
        _record_set(
            "annotations",
            [
                *(
                    at("annotations", name, f"$.annotations[*].{name}", fields[key])
                    for name, key in annotations.items()
                ),
                at("annotations", "image_id", "$.annotations[*].image_id", fields["image_id"], **reference),
            ],
            key="annotations/id",
        ),
    ]


def _by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {column.name: column for column in columns}
