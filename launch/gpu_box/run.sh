#!/usr/bin/env bash
# A run on one machine with GPUs that ssh reaches: launch/gpu_box/README.md
#
## check    what is there: GPUs, driver, disk, Python
## setup    send this commit there and install
## train    start the run, detached; the same verb goes on with it
## status   of the run and of the GPUs
## logs     until Ctrl-C
## stop     SIGTERM: save and end with 75
## resume   after a reboot or a kill: the same as train
## fetch    the run's metrics, report and evaluations to RUNS_HERE
## drill    kill the trainer, resume, prove that nothing was lost
## delete   code, environment and logs there; runs stay
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

settings() {
  need BOX
  RUNS=${RUNS:-runs}
  tool ssh "install an OpenSSH client"
}

# The price goes on whether a run does or not: there is nothing here that could end it.
price() {
  if [[ -z ${PRICE_PER_HOUR:-} ]]; then
    printf 'PRICE_PER_HOUR is not set'
  else
    printf '$%s per hour, as PRICE_PER_HOUR says, until you give the machine back' "$PRICE_PER_HOUR"
  fi
}

there() { run ssh "$BOX" "$1"; }

verb_check() {
  settings
  there "nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv; df -h .; python3 --version"
}

verb_setup() {
  settings
  need_commit committed
  confirm "Install commit $COMMIT in vsdpo_jax/ of $BOX (about 8 GB), $(price)?"
  make_archive
  run scp "$ARCHIVE" "$BOX:vsdpo_jax.tar.gz"
  there "$(unpack_and_setup cuda "$JAX_VERSION")"
  note "next: launch/gpu_box/run.sh train"
}

verb_train() {
  settings
  need_run
  need_commit head
  there "$(host_sh start none "${TRAINER[@]}")"
  note "next: launch/gpu_box/run.sh logs. Cost: $(price)"
}

verb_resume() { verb_train; }

verb_status() {
  settings
  need RUN_ID
  there "$(host_sh status); nvidia-smi --query-gpu=name,utilization.gpu,memory.used --format=csv"
}

verb_logs() {
  settings
  need RUN_ID
  there "$(host_sh log)"
}

verb_stop() {
  settings
  need RUN_ID
  there "$(host_sh signal TERM)"
}

# A relative folder of runs lies in the code's.
there_path() {
  if [[ $WORKDIR == /* ]]; then printf '%s' "$WORKDIR/$1"; else printf '%s' "vsdpo_jax/$WORKDIR/$1"; fi
}

verb_fetch() {
  settings
  need_run
  local here=${RUNS_HERE:-$ROOT/runs}/$RUN_ID
  run mkdir -p -- "$here"
  there "$(quoted tar -C "$(there_path .)" --exclude=./checkpoints -czf vsdpo_fetched.tar.gz .)"
  run scp "$BOX:vsdpo_fetched.tar.gz" "$here/fetched.tar.gz"
  run tar -C "$here" -xzf "$here/fetched.tar.gz"
  run rm -- "$here/fetched.tar.gz"
}

drill_start() { verb_train; }
drill_kill() { there "$(host_sh signal KILL)"; }
drill_alive() {
  local said
  said=$(look ssh "$BOX" "$(host_sh status)")
  # no answer is no end
  if [[ -z $said ]] && ((!DRY_RUN)); then say 1 && return; fi
  grep -c ': running' <<<"$said" || true
}
list_workdir() { look ssh "$BOX" "$(quoted ls "$(there_path "$1")")" 2>/dev/null || true; }
read_workdir() { look ssh "$BOX" "$(quoted cat "$(there_path "$1")")" 2>/dev/null || true; }

verb_drill() {
  settings
  need_run
  need_commit head
  drill
}

verb_delete() {
  settings
  local keep
  [[ $RUNS == /* || $RUNS == gs://* ]] || keep=$RUNS
  confirm "Delete on $BOX: vsdpo_jax/ (code and environment${keep:+, but for vsdpo_jax/$keep}), and logs" \
    "in vsdpo_runs/?"
  if [[ -n ${keep:-} ]]; then
    there "$(quoted find vsdpo_jax -mindepth 1 -maxdepth 1 -not -name "${keep%%/*}" -exec rm -rf '{}' +); rm -rf vsdpo_jax.tar.gz vsdpo_fetched.tar.gz vsdpo_runs"
  else
    there "rm -rf vsdpo_jax vsdpo_jax.tar.gz vsdpo_fetched.tar.gz vsdpo_runs"
  fi
  note "the machine still costs: give it back where you rented it"
}

launch "$@"
