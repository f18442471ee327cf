#!/usr/bin/env bash
# negdata eval on all GPUs of this machine: train/eval.sh NegRefCOCOg.json --model … --images train2014
# Each process encodes, or asks about, its share; the scores are those of one process. PROCESSES=2 takes two of the GPUs.
set -euo pipefail
processes="${PROCESSES:-$(python -c 'import torch; print(max(torch.cuda.device_count(), 1))')}"
exec torchrun --standalone --nproc-per-node "$processes" -m negdata.cli eval "$@"
