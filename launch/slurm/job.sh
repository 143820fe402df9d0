#!/usr/bin/env bash
# The job: launch/slurm/run.sh submits it with the trainer's arguments, in the repository.
# 75 says "saved; the same command goes on", 3 or 134 that another process was lost: the job is queued again,
# under the same number.
set -euo pipefail

LOG=$(scontrol show job "$SLURM_JOB_ID" | sed -nE 's/^ *StdOut=//p')
rm -f -- "$LOG.stop"
code=0
trap : TERM # for the steps; this script outlives them to queue the job again
srun --kill-on-bad-exit=1 --export=ALL bash launch/host.sh train slurm "$@" || code=$?
echo "job $SLURM_JOB_ID: the run ended with $code"
if ((code == 75 || code == 3 || code == 134)) && [[ ! -e $LOG.stop ]]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
rm -f -- "$LOG.stop"
exit "$code"
