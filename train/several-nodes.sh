#!/usr/bin/env bash
# negdata finetune on several machines. Run on each of them, with the same arguments and
#   NODES=2 NODE=0 HEAD=10.0.0.1 train/several-nodes.sh clean.jsonl --images train2014 --model … -o OUT
# NODE counts from 0; HEAD is an address of machine 0 that the others reach, PORT a free port on it. Every machine reads the
# data and the images under the same paths; machine 0 writes OUT.
set -euo pipefail
: "${NODES:?how many machines}" "${NODE:?the number of this one, from 0}" "${HEAD:?the address of machine 0}"
processes="${PROCESSES:-$(python -c 'import torch; print(max(torch.cuda.device_count(), 1))')}"
exec torchrun --nnodes "$NODES" --node-rank "$NODE" --nproc-per-node "$processes" \
  --master-addr "$HEAD" --master-port "${PORT:-29500}" -m negdata.cli finetune "$@"
