"""What a run is told about verification: the options that ``negdata filter`` and ``negdata caption`` share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from negdata.errors import NegdataError

MOST_VOTES = 4


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """How absence is checked; the defaults are the command line's.

    Attributes:
        verifiers: tried in order; each a name in ``negdata.verify.VERIFIERS``, ``NAME=MODEL``, or the path or hub name
            of a multimodal model.
        images: what image names are relative to, as ``negdata.images.open_images`` takes it.
        instances: a COCO instances file, for the verifier of that name.
        absent_below: the probability of presence up to which a model's answer means absent.
        present_above: the probability from which it means present; between the two it is unsure.
        votes: phrasings of a question, whose probabilities are averaged.
        max_pixels: width times height of an image as models see it, at most.
        batch_size: questions in one batch of a model in this process.
        model: the model of a verifier that names none itself; None: the verifier's default.
        base_url: where the verifiers' server is.
        api_key_env: the name of the environment variable that holds its key.
        prompts: a folder of one's own prompts.
    """

    verifiers: tuple[str, ...] = ()
    images: Path | None = None
    instances: Path | None = None
    absent_below: float = 0.3
    present_above: float = 0.7
    votes: int = 1
    max_pixels: int = 1_000_000
    batch_size: int = 32
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    prompts: Path | None = None

    @property
    def asks_models(self) -> bool:
        """Whether a verifier may look at images."""
        return any(verifier.partition("=")[0] != "instances" for verifier in self.verifiers)

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if not 0.0 <= self.absent_below <= self.present_above <= 1.0:
            raise NegdataError(
                f"--absent-below is {self.absent_below} and --present-above {self.present_above}.",
                "Give probabilities from 0 to 1, the first not above the second.",
            )
        for name, value, low, high in (
            ("votes", self.votes, 1, MOST_VOTES),
            ("max-pixels", self.max_pixels, 28 * 28, math.inf),
            ("batch-size", self.batch_size, 1, 4_096),
        ):
            if not low <= value <= high:
                most = f" to {high:,}" if math.isfinite(high) else " or more"
                raise NegdataError(f"--{name} is {value}.", f"Give a number from {low:,}{most}.")
        if len(set(self.verifiers)) != len(self.verifiers):
            raise NegdataError("A verifier is named twice.", "Name each once, in the order in which they are asked.")
        if self.instances is not None and "instances" not in self.verifiers:
            raise NegdataError(
                "--instances is given, and no verifier reads it.", "Add the verifier: --verifier instances."
            )
