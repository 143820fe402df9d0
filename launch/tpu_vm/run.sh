#!/usr/bin/env bash
# A run on a Cloud TPU VM slice, one host or many: launch/tpu_vm/README.md
#
## create   the slice; nothing where it is there
## setup    send this commit to all hosts and install there
## train    start the run on all hosts, detached; the same verb goes on with it
## status   of the slice and of the run on each host
## logs     of host 0, until Ctrl-C (HOST=2: of host 2)
## stop     SIGTERM on all hosts: save and end with 75
## resume   after a preemption: delete what is left, create, setup, train
## watch    resume each time it is needed, until the run is finished
## drill    kill the trainer on the last host, resume, prove that nothing was lost
## delete   the slice; the run's folder in the bucket stays
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

GCLOUD_HINT="install the Google Cloud CLI, then: gcloud auth login"

settings() {
  need PROJECT ZONE TPU_NAME ACCELERATOR_TYPE
  need_tpu_type
  AT=(--zone="$ZONE" --project="$PROJECT")
  tool gcloud "$GCLOUD_HINT"
}

run_settings() {
  settings
  need_run
  need_bucket
}

# READY, PREEMPTED, ...; ABSENT where there is none.
state() {
  local answer
  if answer=$(look gcloud compute tpus tpu-vm describe "$TPU_NAME" "${AT[@]}" --format='value(state)' 2>&1); then
    STATE=$(tail -n 1 <<<"$answer")
  elif [[ $answer == *NOT_FOUND* ]]; then
    STATE=ABSENT
  else
    fail "gcloud could not say whether $TPU_NAME is there: $answer"
  fi
}

on_hosts() { # which hosts, command line
  run gcloud compute tpus tpu-vm ssh "$TPU_NAME" "${AT[@]}" --worker="$1" --command="$2"
}

create_slice() {
  local words=(--accelerator-type="$ACCELERATOR_TYPE" --version="$IMAGE")
  [[ -z ${SPOT:-} ]] || words+=(--spot)
  [[ -z ${SERVICE_ACCOUNT:-} ]]|| words+=(--service-account="$SERVICE_ACCOUNT")
  [[ -z ${NETWORK:-} ]] || words+=(--network="$NETWORK")
  run gcloud compute tpus tpu-vm create "$TPU_NAME" "${AT[@]}" "${words[@]}"
}

verb_create() {
  settings
  state
  case $STATE in
    ABSENT | "")
      confirm "Create TPU VM $TPU_NAME, $PRICE?"
      create_slice
      note "next: launch/tpu_vm/run.sh setup"
      ;;
    READY) say "$TPU_NAME is there (READY); nothing was created. Next: launch/tpu_vm/run.sh setup" ;;
    PREEMPTED | TERMINATED)
      fail "$TPU_NAME is $STATE; launch/tpu_vm/run.sh resume deletes it and creates it anew"
      ;;
    *) fail "$TPU_NAME is $STATE; wait and try again, or delete it first" ;;
  esac
}

verb_setup() {
  settings
  need_commit committed
  make_archive
  run gcloud compute tpus tpu-vm scp "$ARCHIVE" "$TPU_NAME:vsdpo_jax.tar.gz" "${AT[@]}" --worker=all
  on_hosts all "$(unpack_and_setup tpu "$JAX")"
  [[ -z ${DATA:-} ]] || on_hosts all "$(quoted gcloud storage rsync --recursive "$DATA" vsdpo_jax/data)"
  note "next: launch/tpu_vm/run.sh train"
}

verb_train() {
  run_settings
  need_commit head
  on_hosts all "$(host_sh start tpu_vm "${TRAINER[@]}")"
  note "next: launch/tpu_vm/run.sh logs"
}

verb_status() {
  settings
  need RUN_ID
  state
  ((DRY_RUN)) || say "$TPU_NAME: $STATE"
  [[ $STATE != READY && -n $STATE ]] || on_hosts all "$(host_sh status)"
}

verb_logs() {
  settings
  need RUN_ID
  on_hosts "${HOST:-0}" "$(host_sh log)"
}

verb_stop() {
  settings
  need RUN_ID
  on_hosts all "$(host_sh signal TERM)"
}

delete_slice() { run gcloud compute tpus tpu-vm delete "$TPU_NAME" "${AT[@]}" --quiet; }

bring_back() {
  state
  case $STATE in
    READY) ;;
    PREEMPTED | TERMINATED)
      delete_slice
      create_slice
      verb_setup
      ;;
    ABSENT | "")
      note "only where it is PREEMPTED, the delete:"
      ((!DRY_RUN)) || delete_slice
      create_slice
      verb_setup
      ;;
    *) fail "$TPU_NAME is $STATE; wait and try again" ;;
  esac
  verb_train
}

verb_resume() {
  run_settings
  need_commit head
  confirm "Resume run $RUN_ID: where $TPU_NAME was preempted, delete what is left of it (hosts and" \
    "their disks; $WORKDIR stays) and create it again, $PRICE?"
  bring_back
}

is_finished() { look gcloud storage ls "$WORKDIR/summary.json" >/dev/null 2>&1; }

verb_watch() {
  local said
  run_settings
  need_commit head
  confirm "Watch run $RUN_ID until it is finished, resuming it after each preemption: $PRICE?"
  if ((DRY_RUN)); then
    say "# every ${WATCH_SECONDS:-60} s until $WORKDIR/summary.json is there:"
    bring_back
    return
  fi
  until is_finished; do
    state
    if [[ $STATE == READY ]]; then
      said=$(on_hosts all "$(host_sh status)")
      # 75: saved; 3 or 134: another process was lost; 137, 143: killed; anything else would come back
      if grep -E 'ended with' <<<"$said" | grep -vqE 'ended with (0|3|75|134|137|143)$'; then
        say "$said"
        fail "the run ended with an error, which a resume would meet again: launch/tpu_vm/run.sh logs"
      fi
    fi
    [[ $STATE == READY && $said != *"ended with"* && $said != *"never started"* ]] || bring_back
    sleep "${WATCH_SECONDS:-60}"
  done
  say "run $RUN_ID is finished: $WORKDIR. The slice costs until launch/tpu_vm/run.sh delete"
}

drill_start() { verb_train; }
drill_kill() { on_hosts $((HOSTS - 1)) "$(host_sh signal KILL)"; }
drill_alive() {
  local said
  said=$(look gcloud compute tpus tpu-vm ssh "$TPU_NAME" "${AT[@]}" --worker=all --command="$(host_sh status)")
  # no answer is no end
  if [[ -z $said ]] && ((!DRY_RUN)); then say 1 && return; fi
  grep -c ': running' <<<"$said" || true
}

verb_drill() {
  run_settings
  need_commit head
  drill
}

verb_delete() {
  settings
  state
  if [[ $STATE == ABSENT ]]; then
    say "there is no $TPU_NAME in $ZONE; nothing was deleted"
    return
  fi
  confirm "Delete TPU VM $TPU_NAME in $ZONE, $HOSTS hosts with their disks, environments and logs" \
    "(${RUNS:-the bucket} stays)?"
  delete_slice
}

launch "$@"
