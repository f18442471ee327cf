#!/usr/bin/env bash
#SBATCH --job-name=negdata-caption
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --time=12:00:00
#SBATCH --requeue
# A shard of the captions on each machine: sbatch --array=1-8 docs/slurm/caption.sh captions.json --backend …
# Ended at any moment, a job that is started again goes on where it was. To start one alone: SHARDS=8 sbatch --array=3 …
set -euo pipefail
shard="$SLURM_ARRAY_TASK_ID/${SHARDS:-$SLURM_ARRAY_TASK_COUNT}"
# Exit code 1 says that single records failed. Their shard can be merged, and the next run tries them again.
negdata caption "$@" -o "shards/shard-$SLURM_ARRAY_TASK_ID.jsonl" --shard "$shard" || [ $? -eq 1 ]
