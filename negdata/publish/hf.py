"""What makes a folder of parquet a dataset of the Hub: the features of its columns, in the card and in each file."""

from __future__ import annotations

import json

from pydantic import JsonValue

from negdata.publish.columns import Column

STEM = "data/train"
SPLIT = "train"


def schema_metadata(columns: tuple[Column, ...]) -> dict[str, str]:
    """What ``datasets`` reads the features from, where a file is loaded without its card."""
    features = {column.name: _feature(column) for column in columns}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def dataset_info(columns: tuple[Column, ...], *, rows: int, table_bytes: int, file_bytes: int) -> dict[str, JsonValue]:
    """``dataset_info`` of the card's front matter."""
    return {
        "features": [_listed(column) for column in columns],
        "splits": [{"name": SPLIT, "num_bytes": table_bytes, "num_examples": rows}],
        "download_size": file_bytes,
        "dataset_size": table_bytes,
    }


def configs() -> list[JsonValue]:
    """``configs`` of the card's front matter: which files are the split."""
    return [{"config_name": "default", "data_files": [{"split": SPLIT, "path": f"{STEM}-*"}]}]


def _feature(column: Column) -> dict[str, JsonValue]:
    if column.type == "image":
        return {"_type": "Image"}
    if column.type == "struct":
        return {member.name: _feature(member) for member in column.members}
    return {"dtype": column.type, "_type": "Value"}


def _listed(column: Column) -> JsonValue:
    if column.type == "struct":
        return {"name": column.name, "struct": [_listed(member) for member in column.members]}
    return {"name": column.name, "dtype": column.type}
