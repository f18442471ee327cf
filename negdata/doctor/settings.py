"""What an examination is told: every option of ``negdata doctor``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass

from negdata.backends import find_backend
from negdata.backends.addresses import check_address
from negdata.errors import NegdataError, unknown_name

PURPOSES = ("caption", "filter", "finetune", "eval")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorSettings:
    """The options of an examination; the defaults are the command line's.

    Attributes:
        purpose: the command that should work, one of ``PURPOSES``; None asks for nothing in particular.
        backend: for ``caption``: a name in ``negdata.backends.BACKENDS``.
        verifiers: for ``filter``, as in ``negdata filter --verifier``.
        model: of the backend or the verifier; a CLIP for ``finetune`` and ``eval``.
        base_url: where the server is: of Ollama where the backend or a verifier is ``ollama``, else of the OpenAI
            protocol.
        api_key_env: the name of the environment variable that holds the server's key.
        timeout: seconds in which a server has to answer.
    """

    purpose: str | None = None
    backend: str = "rules"
    verifiers: tuple[str, ...] = ()
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    timeout: float = 3.0

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.purpose is not None and self.purpose not in PURPOSES:
            raise unknown_name("command to examine for", self.purpose, PURPOSES)
        find_backend(self.backend)
        if self.verifiers:
            from negdata.verify import known_verifiers
            from negdata.verify.spec import VerifierSpec

            for verifier in self.verifiers:
                VerifierSpec.read(verifier, known_verifiers())
        if self.verifiers and self.purpose not in (None, "filter"):
            raise NegdataError(f"--verifier means nothing with --for {self.purpose}.", "Leave it out.")
        if not 0 < self.timeout <= 60:
            raise NegdataError(f"--timeout is {self.timeout:g}.", "Give seconds above 0, 60 at most.")
        if self.base_url is not None:
            check_address(self.base_url, "http://localhost:8000/v1")

    @property
    def asks_ollama(self) -> bool:
        """Whether model, address and key are Ollama's."""
        return self.backend == "ollama" or any(one.partition("=")[0] == "ollama" for one in self.verifiers)
