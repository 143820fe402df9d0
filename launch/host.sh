#!/usr/bin/env bash
# What one host does, the same for every target; run.sh calls it there.
#
#   host.sh setup EXTRA JAX MODULES...   an environment in .venv: Python, that version of jax for EXTRA
#                                        (tpu, cuda, cpu); then python -m MODULE, for what renders
#   host.sh train CLUSTER ARGUMENTS...   the trainer, in the foreground; its exit code
#   host.sh start CLUSTER ARGUMENTS...   the same, detached; nothing where it is running
#   host.sh status                       one line: running, ended with N, never started
#   host.sh signal NAME                  TERM: save and end; KILL: as when the machine is lost
#   host.sh log                          what it said, and goes on saying
#
# CLUSTER says who the other hosts are: none, given (JAX_* is set), tpu_vm, gke, slurm, skypilot.
# Of the environment: VSDPO_RUN_ID, VSDPO_COMMIT; VSDPO_STATE, where logs and process ids are kept;
# VSDPO_PYTHON, in place of .venv/bin/python.
set -euo pipefail

REPO=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON=${VSDPO_PYTHON:-$REPO/.venv/bin/python}
STATE=${VSDPO_STATE:-$HOME/vsdpo_runs}/$HOSTNAME
PORT=8476 # jax's own choice for coordinators
UV=0.13.8

fail() {
  printf 'error: %s: %s\n' "$HOSTNAME" "$*" >&2
  exit 2
}

setup() {
  local extra=$1 jax=$2 module
  shift 2
  cd -- "$REPO"
  if ! command -v uv >/dev/null && ! [[ -x $HOME/.local/bin/uv ]]; then
    python3 -m pip install --quiet --user "uv==$UV"
  fi
  PATH=$PATH:$HOME/.local/bin
  [[ -x .venv/bin/python ]] || uv venv --python 3.11 .venv
  case $extra in
    tpu) jax="jax[tpu]==$jax" ;;
    cuda) jax="jax[cuda13]==$jax" ;;
    cpu) jax="jax==$jax" ;;
    *) fail "setup: no extra $extra (tpu, cuda, cpu)" ;;
  esac
  uv pip install --quiet --python .venv/bin/python --constraints launch/constraints.txt \
    "$jax" --editable ".[gcs]"
  for module; do .venv/bin/python -m "$module"; done
  printf '%s: ready, %s\n' "$HOSTNAME" "$(.venv/bin/python -c 'import jax; print("jax", jax.__version__)')"
}

# The hosts of a run have one commit: that of the archive, where the code came as one.
check_commit() {
  local has
  has=$(cat -- "$REPO/launch/COMMIT")
  if [[ $has == \$Format* ]]; then return; fi
  VSDPO_COMMIT=${VSDPO_COMMIT:-$has}
  export VSDPO_COMMIT
  [[ $has == "$VSDPO_COMMIT" ]] ||
    fail "commit $has is here, not $VSDPO_COMMIT: send that (see launch/README.md), or check out" \
      "the one that is here to go on with it"
}

metadata() {
  curl --silent --fail --header "Metadata-Flavor: Google" \
    "http://metadata.google.internal/computeMetadata/v1/instance/attributes/$1"
}

# JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES, JAX_PROCESS_ID of this host; none for a single one.
rendezvous() {
  local hosts count id
  case $1 in
    none) count=1 ;;
    given)
      : "${JAX_COORDINATOR_ADDRESS:?}" "${JAX_NUM_PROCESSES:?}" "${JAX_PROCESS_ID:?}"
      return
      ;;
    tpu_vm) # worker-network-endpoints: "name:port:address", one a worker, by number
      hosts=$(metadata worker-network-endpoints | tr ',' '\n' | cut -d: -f3)
      count=$(wc -l <<<"$hosts")
      id=$(metadata agent-worker-number)
      ;;
    gke) # set by GKE for the pods of a TPU slice
      hosts=$(tr ',' '\n' <<<"${TPU_WORKER_HOSTNAMES:?}")
      count=$(wc -l <<<"$hosts")
      id=${TPU_WORKER_ID:?}
      ;;
    slurm)
      hosts=$(scontrol show hostnames "${SLURM_JOB_NODELIST:?}")
      count=${SLURM_NTASKS:?}
      id=${SLURM_PROCID:?}
      PORT=$((61440 + SLURM_JOB_ID % 4096)) # jobs may share a node
      ;;
    skypilot)
      hosts=${SKYPILOT_NODE_IPS:?}
      count=${SKYPILOT_NUM_NODES:?}
      id=${SKYPILOT_NODE_RANK:?}
      ;;
    *) fail "no cluster $1 (none, given, tpu_vm, gke, slurm, skypilot)" ;;
  esac
  ((count > 1)) || return 0
  JAX_COORDINATOR_ADDRESS=$(head -n 1 <<<"$hosts"):$PORT
  JAX_NUM_PROCESSES=$count
  JAX_PROCESS_ID=$id
  export JAX_COORDINATOR_ADDRESS JAX_NUM_PROCESSES JAX_PROCESS_ID
}

# The process that runs this run here, or nothing: its id may belong to another by now.
living() {
  local pid
  pid=$(cat -- "$STATE/$RUN.pid" 2>/dev/null) || return 0
  if { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qxF "VSDPO_RUN_ID=$RUN"; then
    printf '%s\n' "$pid"
  fi
}

train() {
  local pid code started=$SECONDS
  check_commit
  rendezvous "$1"
  shift
  [[ -x $PYTHON ]] || fail "no $PYTHON; run setup first"
  mkdir -p -- "$STATE"
  cd -- "$REPO"
  printf '%s: run %s, commit %s, process %s of %s\n' "$HOSTNAME" "$RUN" "${VSDPO_COMMIT:-unknown}" \
    "${JAX_PROCESS_ID:-0}" "${JAX_NUM_PROCESSES:-1}"
  "$PYTHON" -m vsdpo_jax.train "$@" &
  pid=$!
  printf '%s\n' "$pid" >"$STATE/$RUN.pid"
  rm -f -- "$STATE/$RUN.code"
  # A preemption reaches this shell; the trainer is told, and waited for: it may take minutes.
  trap 'kill -TERM "$pid" 2>/dev/null || true' TERM INT
  while :; do
    code=0
    wait "$pid" || code=$? # also when a signal came: then the trainer lives on
    kill -0 "$pid" 2>/dev/null || break
  done
  printf '%s\n' "$code" >"$STATE/$RUN.code"
  case $code in
    0) printf '%s: finished in %s s\n' "$HOSTNAME" $((SECONDS - started)) ;;
    3) printf '%s: ended with 3: another process was lost; the same command goes on\n' "$HOSTNAME" ;;
    75) printf '%s: ended with 75: saved; the same command goes on\n' "$HOSTNAME" ;;
    *) printf '%s: ended with %s\n' "$HOSTNAME" "$code" ;;
  esac
  return "$code"
}

start() {
  local pid
  pid=$(living)
  if [[ -n $pid ]]; then
    printf '%s: run %s is running (process %s)\n' "$HOSTNAME" "$RUN" "$pid"
    return
  fi
  check_commit
  [[ -x $PYTHON ]] || fail "no $PYTHON; run setup first"
  mkdir -p -- "$STATE"
  rm -f -- "$STATE/$RUN.code" "$STATE/$RUN.pid"
  setsid bash "$REPO/launch/host.sh" train "$@" </dev/null >>"$STATE/$RUN.log" 2>&1 3>&- &
  for _ in {1..100}; do
    [[ ! -e $STATE/$RUN.pid && ! -e $STATE/$RUN.code ]] || break
    sleep 0.1
  done
  [[ -e $STATE/$RUN.pid ]] || fail "the run did not start: $(tail -n 1 -- "$STATE/$RUN.log")"
  printf '%s: started run %s (process %s); log %s\n' "$HOSTNAME" "$RUN" \
    "$(cat -- "$STATE/$RUN.pid")" "$STATE/$RUN.log"
}

status() {
  local pid
  pid=$(living)
  if [[ -n $pid ]]; then
    printf '%s: running (process %s)\n' "$HOSTNAME" "$pid"
  elif [[ -e $STATE/$RUN.code ]]; then
    printf '%s: ended with %s\n' "$HOSTNAME" "$(cat -- "$STATE/$RUN.code")"
  elif [[ -e $STATE/$RUN.pid ]]; then
    printf '%s: ended with 137\n' "$HOSTNAME" # killed with its shell
  else
    printf '%s: never started\n' "$HOSTNAME"
  fi
}

send_signal() {
  local pid children=()
  pid=$(living)
  if [[ -z $pid ]]; then
    printf '%s: nothing to signal, run %s is not running\n' "$HOSTNAME" "$RUN"
    return
  fi
  if [[ $1 == KILL ]]; then
    # What the trainer started goes with it, as when the machine is lost.
    read -ra children <"/proc/$pid/task/$pid/children" || true
  fi
  kill -"$1" "$pid" "${children[@]}"
  printf '%s: %s sent to process %s\n' "$HOSTNAME" "$1" "$pid"
}

VERB=${1:?host.sh setup, train, start, status, signal or log}
shift
[[ $VERB == setup ]] || RUN=${VSDPO_RUN_ID:?names the run}
case $VERB in
  setup | train | start | status) "$VERB" "$@" ;;
  signal) send_signal "$1" ;;
  log) exec tail -n +1 -F -- "$STATE/$RUN.log" ;;
  *) fail "no verb $VERB" ;;
esac
