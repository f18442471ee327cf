"""Puts the card and the Croissant metadata beside the records."""

from __future__ import annotations

from pathlib import Path

import orjson

from negdata.exclusion import Exclusion
from negdata.publish.card import card
from negdata.publish.croissant import croissant
from negdata.publish.figures import Account
from negdata.publish.forms import Form
from negdata.publish.settings import DataExportSettings
from negdata.whole_files import write_whole

CARD = "README.md"
CROISSANT = "croissant.json"


def describe(settings: DataExportSettings, form: Form, account: Account, folder: Path, exclusion: Exclusion) -> None:
    """Writes ``README.md`` and ``croissant.json``."""
    metadata = croissant(settings, form.columns, account)
    write_whole(folder / CROISSANT, orjson.dumps(metadata, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    write_whole(folder / CARD, card(settings, form, account, exclusion).encode())
