#!/usr/bin/env bash
# negdata finetune on all GPUs of this machine: train/one-node.sh clean.jsonl --images train2014 --model … -o OUT
# The contrastive batch is that of the recipe, over all processes. PROCESSES=2 takes two of them.
set -euo pipefail
processes="${PROCESSES:-$(python -c 'import torch; print(max(torch.cuda.device_count(), 1))')}"
exec torchrun --standalone --nproc-per-node "$processes" -m negdata.cli finetune "$@"
