#!/usr/bin/env bash
# The way of a pod on this machine: N processes, each as if it were a host. launch/local/README.md
#
## setup    the environment, as make does it
## train    start all processes, detached; the same verb goes on with the run
## status   of each process
## logs     of process 0, until Ctrl-C (PROCESS=1: of process 1)
## wait     until the run has ended; its exit code
## stop     SIGTERM for all: save and end with 75
## resume   the same as train
## drill    kill the last process, resume, prove that nothing was lost
## delete   the run's folder and logs
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

settings() {
  RUNS=${RUNS:-runs}
  [[ $RUNS == /* ]] || RUNS=$ROOT/$RUNS
  RUN_ID=${RUN_ID:-local-1}
  CONFIG=${CONFIG:-configs/mini_chart.py}
  NUM_PROCESSES=${NUM_PROCESSES:-2}
  [[ $NUM_PROCESSES =~ ^[1-9][0-9]?$ ]] || fail "NUM_PROCESSES=$NUM_PROCESSES: 1 to 99"
  need_run
  LOGS=$RUNS/.launch/$RUN_ID
}

free_port() {
  local port=8476 # jax's own choice; runs that start at the same moment take different ones
  while ((!DRY_RUN)); do
    port=$((10000 + RANDOM % 20000))
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

# launch/host.sh as process $1, with what follows
host_sh() {
  env VSDPO_RUN_ID="$RUN_ID" VSDPO_STATE="$LOGS/process-$1" "$BASH" "$LAUNCH/host.sh" "${@:2}" 3>&-
}

states() {
  local id
  for ((id = 0; id < NUM_PROCESSES; id++)); do
    printf 'process %s: ' "$id"
    host_sh "$id" status
  done
}

verb_setup() {
  settings
  run make -C "$ROOT" .venv/.installed
}

verb_train() {
  local id alive=0 port words
  settings
  need_commit here
  ((DRY_RUN)) || alive=$(drill_alive)
  if ((alive == NUM_PROCESSES)); then
    say "run $RUN_ID is running already:"
    states
    return
  fi
  ((alive == 0)) ||
    fail "$alive of $NUM_PROCESSES processes of $RUN_ID still run; launch/local/run.sh stop, then again"
  port=$(free_port)
  for ((id = 0; id < NUM_PROCESSES; id++)); do
    words=(env VSDPO_RUN_ID="$RUN_ID" VSDPO_COMMIT="$COMMIT" VSDPO_STATE="$LOGS/process-$id")
    words+=(JAX_PLATFORMS="${PLATFORM:-cpu}" JAX_NUM_CPU_DEVICES="${DEVICES:-1}")
    if ((NUM_PROCESSES > 1)); then
      words+=(JAX_COORDINATOR_ADDRESS="127.0.0.1:$port")
      words+=(JAX_NUM_PROCESSES="$NUM_PROCESSES" JAX_PROCESS_ID="$id")
      run "${words[@]}" bash "$LAUNCH/host.sh" start given "${TRAINER[@]}"
    else
      run "${words[@]}" bash "$LAUNCH/host.sh" start none "${TRAINER[@]}"
    fi
  done
  note "next: launch/local/run.sh logs"
}

verb_resume() { verb_train; }

verb_status() {
  settings
  if ((DRY_RUN)); then
    look env VSDPO_RUN_ID="$RUN_ID" VSDPO_STATE="$LOGS/process-0" bash "$LAUNCH/host.sh" status
  else
    states
  fi
}

verb_logs() {
  settings
  run env VSDPO_RUN_ID="$RUN_ID" VSDPO_STATE="$LOGS/process-${PROCESS:-0}" bash "$LAUNCH/host.sh" log
}

verb_wait() {
  local said code
  settings
  ((!DRY_RUN)) || { say "# waits until no process of $RUN_ID runs" && return; }
  until drill_is_over; do sleep "${DRILL_POLL:-2}"; done
  said=$(states)
  say "$said"
  [[ $said != *"never started"* ]] || exit 2
  code=$(sed -nE 's/.*ended with ([0-9]+)$/\1/p' <<<"$said" | sort -n | tail -n 1)
  exit "${code:-0}"
}

signal_process() { # which, TERM or KILL
  if ((DRY_RUN)); then
    quoted env VSDPO_RUN_ID="$RUN_ID" VSDPO_STATE="$LOGS/process-$1" bash "$LAUNCH/host.sh" signal "$2"
  else
    host_sh "$1" signal "$2"
  fi
}

verb_stop() {
  local id
  settings
  for ((id = 0; id < NUM_PROCESSES; id++)); do signal_process "$id" TERM; done
}

drill_start() { verb_train; }
drill_kill() { signal_process $((NUM_PROCESSES - 1)) KILL; }
drill_alive() {
  ((!DRY_RUN)) || return 0
  states | grep -c ': running' || true
}

verb_drill() {
  settings
  DRILL_POLL=${DRILL_POLL:-1}
  drill
}

verb_delete() {
  local there=()
  settings
  [[ ! -e $WORKDIR ]] || there+=("$WORKDIR")
  [[ ! -e $LOGS ]] || there+=("$LOGS")
  if ((!DRY_RUN)); then
    ((${#there[@]})) || { say "there is no run $RUN_ID in $RUNS; nothing was deleted" && return; }
    [[ $(drill_alive) == 0 ]] || fail "run $RUN_ID is running; launch/local/run.sh stop first"
  else
    there=("$WORKDIR" "$LOGS")
  fi
  confirm "Delete run $RUN_ID, its checkpoints, metrics and logs (${there[*]})?"
  run rm -rf -- "${there[@]}"
}

launch "$@"
