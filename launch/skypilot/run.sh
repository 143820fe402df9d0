#!/usr/bin/env bash
# A run on machines that SkyPilot finds and rents, one process a node: launch/skypilot/README.md
#
## price    what SkyPilot would rent, and for how much
## create   the cluster, with this commit installed; the same verb sends a newer commit
## train    submit the run to the cluster; nothing where it is queued or running
## status   of the cluster and its jobs
## logs     of the run, until Ctrl-C
## stop     SIGTERM on all nodes: save and end with 75
## resume   after a preemption: create and train
## managed  instead of create and train: a job that SkyPilot brings back by itself
## drill    kill the trainer on the last node, resume, prove that nothing was lost
## delete   the cluster; the run's folder in the bucket stays
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

settings() {
  need CLUSTER NUM_NODES GPUS
  [[ $NUM_NODES =~ ^[1-9][0-9]*$ ]] || fail "NUM_NODES=$NUM_NODES: a number of nodes"
  WANTED=(--gpus="$GPUS" --num-nodes="$NUM_NODES")
  [[ -z ${INFRA:-} ]] || WANTED+=(--infra="$INFRA")
  [[ -z ${SPOT:-} ]] || WANTED+=(--use-spot)
  tool sky "pip install 'skypilot[gcp]==0.14.1', then: sky check"
}

run_settings() {
  settings
  need_run
  need_bucket
  COMMAND=$(quoted bash launch/host.sh train skypilot "${TRAINER[@]}")
}

# This commit as a folder, which SkyPilot copies to each node.
make_folder() {
  FOLDER=${TMPDIR:-/tmp}/vsdpo_jax-$COMMIT
  make_archive
  run mkdir -p -- "$FOLDER"
  run tar -xzf "$ARCHIVE" -C "$FOLDER"
}

words_of_launch() {
  WORDS=(--workdir="$FOLDER" "${WANTED[@]}" --env VSDPO_COMMIT="$COMMIT")
  WORDS+=(--env JAX_VERSION="$JAX_VERSION" --env RENDERERS="${RENDERERS:-}")
}

show_price() {
  words_of_launch
  run sky launch --dryrun --cluster="$CLUSTER" "${WORDS[@]}" "$HERE/task.yaml"
}

verb_price() {
  settings
  need_commit committed
  make_folder
  show_price
}

create_cluster() {
  words_of_launch
  run sky launch --yes --detach-run --cluster="$CLUSTER" --idle-minutes-to-autostop="${IDLE_MINUTES:-60}" \
    "${WORDS[@]}" "$HERE/task.yaml"
}

verb_create() {
  settings
  need_commit committed
  make_folder
  show_price
  confirm "Create cluster $CLUSTER, or send this commit to it: the price per hour above times" \
    "$NUM_NODES nodes, until ${IDLE_MINUTES:-60} idle minutes stop it (its disks cost on)?"
  create_cluster
  note "next: launch/skypilot/run.sh train"
}

is_queued() {
  look sky queue "$CLUSTER" --skip-finished --output=json 2>/dev/null | grep -qF "\"$RUN_ID\""
}

verb_train() {
  run_settings
  need_commit head
  if is_queued; then
    say "run $RUN_ID is queued or running on $CLUSTER; nothing was submitted"
    return
  fi
  run sky exec --detach-run --name="$RUN_ID" --num-nodes="$NUM_NODES" --gpus="$GPUS" \
    --env VSDPO_RUN_ID="$RUN_ID" --env VSDPO_COMMIT="$COMMIT" "$CLUSTER" "$COMMAND"
  note "next: launch/skypilot/run.sh logs"
}

verb_status() {
  settings
  run sky status "$CLUSTER"
  run sky queue "$CLUSTER"
}

verb_logs() {
  settings
  run sky logs "$CLUSTER"
}

verb_stop() {
  run_settings
  on_nodes TERM "$(seq 0 $((NUM_NODES - 1)))"
}

# SkyPilot's names for ssh: the cluster's for the first node, then -worker1, ...
on_nodes() { # signal, numbers of nodes
  local number node
  for number in $2; do
    node=$CLUSTER
    ((number == 0)) || node+=-worker$number
    run ssh "$node" "cd sky_workdir && $(quoted env VSDPO_RUN_ID="$RUN_ID" bash launch/host.sh signal "$1")"
  done
}

verb_resume() {
  run_settings
  need_commit head
  make_folder
  show_price
  confirm "Resume run $RUN_ID: bring cluster $CLUSTER back where it was lost, at the price per hour" \
    "above times $NUM_NODES nodes?"
  create_cluster
  verb_train
}

verb_managed() {
  run_settings
  need_commit committed
  make_folder
  show_price
  confirm "Start run $RUN_ID as a managed job, at the price per hour above times $NUM_NODES nodes until" \
    "it is finished, and SkyPilot's controller (a small machine) on top?"
  words_of_launch
  run sky jobs launch --yes --detach-run --name="$RUN_ID" "${WORDS[@]}" \
    --env VSDPO_RUN_ID="$RUN_ID" --env VSDPO_COMMAND="$COMMAND" "$HERE/task.yaml"
  note "then: sky jobs queue; sky jobs logs --name $RUN_ID; sky jobs cancel --name $RUN_ID"
}

drill_start() { verb_train; }
drill_kill() { on_nodes KILL $((NUM_NODES - 1)); }
drill_alive() {
  if is_queued; then say 1; else say 0; fi
}

verb_drill() {
  run_settings
  need_commit head
  tool gcloud "the drill reads the bucket with the Google Cloud CLI"
  drill
}

verb_delete() {
  settings
  if ! look sky status "$CLUSTER" 2>/dev/null | grep -qE "^$CLUSTER +" && ((!DRY_RUN)); then
    say "there is no cluster $CLUSTER; nothing was deleted"
    return
  fi
  confirm "Delete cluster $CLUSTER, its $NUM_NODES nodes and their disks (${RUNS:-the bucket} stays)?"
  run sky down --yes "$CLUSTER"
}

launch "$@"
