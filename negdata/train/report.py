"""What came of a fine-tuning."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from negdata import __version__
from negdata.train.checks import DataChecks
from negdata.train.choose import Chosen
from negdata.train.gains import Gains


class FinetuneReport(BaseModel):
    """Everything that ``negdata finetune`` prints, and its card says.

    Attributes:
        recipe: its name, version and hash.
        taken: rows of the data; taken = pairs + rejected + failed.
        pairs: rows that were trained on or held out.
        rejected: reason → rows.
        failed: error → rows, those of images that can't be read among them.
        trained_rows: of the pairs, those that were trained on; ``held_rows`` were held out.
        steps: of the whole run, over all times that it was resumed; ``seconds`` were spent on them and on validations.
        chosen: which weights were kept, and why; ``kept`` says it in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    negdata: str = __version__
    out: str
    model: str
    recipe: str
    taken: int
    pairs: int
    rejected: dict[str, int]
    failed: dict[str, int]
    trained_rows: int
    held_rows: int
    checks: DataChecks
    steps: int
    seconds: float
    chosen: Chosen
    kept: str
    gains: Gains
    notes: list[str] = []
