#!/usr/bin/env bash
# A run on a Slurm cluster, one process a node, from its login node: launch/slurm/README.md
#
## setup    the environment in .venv of this checkout, which all nodes have to see
## train    submit the job; nothing where it is queued or running
## status   of the job
## logs     of the job, until Ctrl-C
## stop     SIGTERM for the run: save and end with 75, and leave the queue
## resume   the same as train
## drill    kill the trainer on the last node, resume, prove that nothing was lost
## delete   the environment .venv; runs stay
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

settings() {
  need RUNS
  [[ $RUNS == /* || $RUNS == gs://?* ]] ||
    fail "RUNS=$RUNS: give an absolute path that all nodes see, or gs://BUCKET/runs"
  need_run
  LOG=${LOGS:-$ROOT/runs/slurm}/$RUN_ID.log
  tool sbatch "work on a login node of the cluster"
}

# The number of the run's job, or nothing; with "state", PENDING, RUNNING, ...
job() {
  local format=%A
  [[ ${1:-} != state ]] || format=%T
  look squeue --me --name="$RUN_ID" --noheader --format="$format" | head -n 1
}

verb_setup() {
  tool python3 "load the cluster's module for Python"
  confirm "Install jax and what the trainer needs in $ROOT/.venv (about 8 GB)?"
  run bash "$LAUNCH/host.sh" setup "${EXTRA_OF_JAX:-cuda}" "$JAX_VERSION"
  note "next: launch/slurm/run.sh train"
}

submit() {
  local words=(--job-name="$RUN_ID" --nodes="$NODES" --ntasks-per-node=1 --time="$TIME")
  [[ -z ${GPUS_PER_NODE:-} ]] || words+=(--gpus-per-node="$GPUS_PER_NODE")
  [[ -z ${CPUS_PER_TASK:-} ]] || words+=(--cpus-per-task="$CPUS_PER_TASK")
  [[ -z ${PARTITION:-} ]] || words+=(--partition="$PARTITION")
  [[ -z ${ACCOUNT:-} ]] || words+=(--account="$ACCOUNT")
  # --requeue: after the loss of a node; --signal: the trainer hears of the end five minutes before
  words+=(--requeue --signal=TERM@"${SAVE_SECONDS:-300}" --chdir="$ROOT")
  words+=(--output="$LOG" --open-mode=append)
  run mkdir -p -- "$(dirname -- "$LOG")"
  run env VSDPO_RUN_ID="$RUN_ID" VSDPO_COMMIT="$COMMIT" \
    sbatch "${words[@]}" "$HERE/job.sh" "${TRAINER[@]}"
  note "next: launch/slurm/run.sh logs"
}

is_queued() {
  JOB=$(job)
  [[ -n $JOB ]] && say "run $RUN_ID is job $JOB already; nothing was submitted"
}

price() {
  printf '%s nodes for at most %s' "$NODES" "$TIME"
  [[ -z ${GPUS_PER_NODE:-} ]] || printf ', %s GPUs each' "$GPUS_PER_NODE"
  if [[ -n ${PRICE_PER_NODE_HOUR:-} ]]; then
    printf ': $%s per hour' "$(dollars "$NODES * $PRICE_PER_NODE_HOUR")"
  else
    printf ' (PRICE_PER_NODE_HOUR is not set)'
  fi
}

verb_train() {
  settings
  need NODES TIME
  need_commit here
  ! is_queued || return 0
  confirm "Submit run $RUN_ID: $(price)?"
  submit
}

verb_resume() { verb_train; }

verb_status() {
  settings
  run squeue --me --name="$RUN_ID"
  run sacct --name="$RUN_ID" --starttime=now-7days --format=JobID,State,ExitCode,Elapsed,NodeList
}

verb_logs() {
  settings
  run tail -n 100 -F -- "$LOG"
}

verb_stop() {
  settings
  JOB=$(job)
  if [[ -z $JOB ]] && ((!DRY_RUN)); then
    say "run $RUN_ID is not queued; nothing was stopped"
    return
  fi
  if [[ $(job state) == PENDING ]]; then
    run scancel "$JOB"
    return
  fi
  # the mark tells job.sh not to queue the run again
  run touch -- "$LOG.stop"
  run scancel --signal=TERM "${JOB:-JOB}"
}

drill_start() {
  is_queued || submit
}
drill_kill() {
  JOB=$(job)
  run srun --jobid="${JOB:-JOB}" --overlap --nodes=1 --ntasks=1 --relative=$((NODES - 1)) \
    env VSDPO_RUN_ID="$RUN_ID" bash "$LAUNCH/host.sh" signal KILL
}
drill_alive() { job | grep -c . || true; }
verb_drill() {
  settings
  need NODES TIME
  need_commit here
  drill
}

verb_delete() {
  if [[ ! -e $ROOT/.venv ]] && ((!DRY_RUN)); then
    say "there is no $ROOT/.venv; nothing was deleted"
    return
  fi
  confirm "Delete the environment $ROOT/.venv (${RUNS:-the folder of runs} stays)?"
  run rm -rf -- "$ROOT/.venv"
}

launch "$@"
