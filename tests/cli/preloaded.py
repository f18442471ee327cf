"""What processes of ``forked`` have imported before they start."""

from __future__ import annotations

import contextlib
import os

# Consoles look at these once, and tokenizers warn of a fork after they have started threads.
os.environ |= {"COLUMNS": "200", "NO_COLOR": "1", "TOKENIZERS_PARALLELISM": "false"}
os.environ.setdefault("OMP_NUM_THREADS", "1")

import negdata.cli
import negdata.console

with contextlib.suppress(ImportError):
    import torch  # noqa: F401
    import transformers
    from transformers import AutoTokenizer, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast  # noqa: F401

    import negdata.clip.transformers_folder
    import negdata.train.run  # noqa: F401

    transformers.utils.logging.set_verbosity_error()
