#!/usr/bin/env bash
# A run on a TPU slice of a GKE cluster, by xpk: launch/gke/README.md
#
## create   the cluster with one slice; nothing where it is there
## image    build this commit's image with Cloud Build; nothing where it is there
## train    submit the run; nothing where it is running. Restarted by itself after a preemption
## status   of the run and its pods
## logs     of host 0, until Ctrl-C (HOST=2: of host 2)
## stop     delete the workload: SIGTERM, ten minutes to save
## resume   of a run that was stopped or has failed: the same as train
## drill    kill the trainer on the last host; the cluster resumes it; prove that nothing was lost
## delete   the cluster; images and the run's folder in the bucket stay
# shellcheck source=launch/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

SAVE_SECONDS=600 # from SIGTERM to SIGKILL

settings() {
  need PROJECT ZONE CLUSTER ACCELERATOR_TYPE
  need_tpu_type
  AT=(--cluster="$CLUSTER" --zone="$ZONE" --project="$PROJECT")
  tool gcloud "install the Google Cloud CLI, then: gcloud auth login"
  tool xpk "pip install xpk==1.16.0"
}

run_settings() {
  settings
  need REPOSITORY
  need_run
  need_bucket
}

# RUNNING, PROVISIONING, ...; nothing where there is no such cluster.
state() {
  STATE=$(look gcloud container clusters list --project="$PROJECT" --filter="name=$CLUSTER" \
    --format='value(status)') || fail "gcloud could not list the clusters of $PROJECT"
}

# xpk makes the cluster in the region of the zone.
credentials() {
  tool kubectl "gcloud components install kubectl"
  run gcloud container clusters get-credentials "$CLUSTER" --location="${ZONE%-*}" --project="$PROJECT"
}

verb_create() {
  settings
  state
  if [[ -n $STATE ]]; then
    say "cluster $CLUSTER is there ($STATE); nothing was created. Next: launch/gke/run.sh image"
    return
  fi
  local capacity=--on-demand
  [[ -z ${SPOT:-} ]] || capacity=--spot
  [[ -z ${RESERVATION:-} ]] || capacity=--reservation=$RESERVATION
  confirm "Create cluster $CLUSTER with $PRICE; its CPU nodes and the fee for the cluster, about a" \
    "dollar per hour, come on top?"
  run xpk cluster create "${AT[@]}" --tpu-type="$ACCELERATOR_TYPE" --num-slices=1 "$capacity"
  note "next: launch/gke/run.sh image"
}

has_image() {
  TAG=$REPOSITORY/vsdpo_jax:$COMMIT
  look gcloud artifacts docker images describe "$TAG" --project="$PROJECT" --format='value(name)' >/dev/null 2>&1
}

verb_image() {
  run_settings
  need_commit committed
  if has_image && ((!DRY_RUN)); then
    say "$TAG is there; nothing was built"
    return
  fi
  confirm "Build $TAG with Cloud Build, about ten minutes and less than a dollar?"
  make_archive
  run gcloud builds submit "$ARCHIVE" --project="$PROJECT" --config="$HERE/cloudbuild.yaml" \
    --substitutions="_TAG=$TAG,_JAX=$JAX,_RENDERERS=${RENDERERS:-}"
  note "next: launch/gke/run.sh train"
}

# xpk restarts after 127 to 255 by itself; 3: another process was lost; 75: saved.
submit() {
  local command
  # exec: SIGTERM has to reach host.sh through the shell that xpk wraps around the command
  command="exec $(quoted bash launch/host.sh train gke "${TRAINER[@]}")"
  run xpk workload create "${AT[@]}" --workload="$RUN_ID" --tpu-type="$ACCELERATOR_TYPE" --num-slices=1 \
    --docker-image="$TAG" --env="VSDPO_RUN_ID=$RUN_ID" --env="VSDPO_COMMIT=$COMMIT" \
    --max-restarts="${MAX_RESTARTS:-1000}" --restart-on-exit-codes=3,75 \
    --termination-grace-period-seconds="$SAVE_SECONDS" --command="$command"
}

delete_workload() { run xpk workload delete "${AT[@]}" --workload="$RUN_ID" --force; }

# ABSENT; "" while it goes on; Completed or Failed.
workload() {
  local answer
  if answer=$(look kubectl get jobset "$RUN_ID" --output='jsonpath={.status.terminalState}' 2>&1); then
    WORKLOAD=$answer
  elif [[ $answer == *NotFound* ]]; then
    WORKLOAD=ABSENT
  else
    fail "kubectl could not say whether $RUN_ID is there: $answer"
  fi
}

verb_train() {
  run_settings
  need_commit head
  has_image || fail "no image $TAG: launch/gke/run.sh image, or check out a commit that has one"
  credentials
  workload
  if [[ -z $WORKLOAD ]] && ((!DRY_RUN)); then
    say "run $RUN_ID is there already; nothing was submitted"
    return
  fi
  if [[ $WORKLOAD == Completed || $WORKLOAD == Failed ]]; then
    say "the last workload of $RUN_ID is $WORKLOAD; its name is needed again ($WORKDIR stays)"
    delete_workload
  fi
  submit
  note "next: launch/gke/run.sh logs"
}

verb_resume() { verb_train; }

verb_status() {
  settings
  need RUN_ID
  run xpk workload list "${AT[@]}" --filter-by-job="$RUN_ID"
  credentials
  run kubectl get pods --selector="xpk.google.com/workload=$RUN_ID" --output=wide
}

of_host() { printf '%s' "--selector=xpk.google.com/workload=$RUN_ID,batch.kubernetes.io/job-completion-index=$1"; }

verb_logs() {
  settings
  need RUN_ID
  credentials
  run kubectl logs "$(of_host "${HOST:-0}")" --container=jax-tpu --follow --tail=100
}

verb_stop() {
  settings
  need RUN_ID
  confirm "Delete workload $RUN_ID: its pods save for at most $SAVE_SECONDS s and end; its folder in" \
    "${RUNS:-the bucket} stays?"
  delete_workload
}

last_pod() { look kubectl get pods "$(of_host $((HOSTS - 1)))" --field-selector=status.phase=Running --output=name; }

drill_start() { verb_train; }
drill_kill() {
  POD=$(last_pod)
  [[ -n $POD ]] || ((DRY_RUN)) || fail "drill: host $((HOSTS - 1)) of $RUN_ID has no pod that runs"
  run kubectl exec "${POD:-POD}" --container=jax-tpu -- \
    env VSDPO_RUN_ID="$RUN_ID" bash launch/host.sh signal KILL
}
# The JobSet starts all pods anew by itself; the run is over when the pod that was hit is gone.
drill_alive() {
  if [[ $(last_pod) == "${POD:-POD}" ]]; then say 1; else say 0; fi
}

verb_drill() {
  run_settings
  need_commit head
  has_image || fail "no image $TAG: launch/gke/run.sh image, or check out a commit that has one"
  credentials
  drill
}

verb_delete() {
  settings
  state
  if [[ -z $STATE ]] && ((!DRY_RUN)); then
    say "there is no cluster $CLUSTER in $PROJECT; nothing was deleted"
    return
  fi
  confirm "Delete cluster $CLUSTER in $ZONE with all its workloads (${RUNS:-the bucket} and images stay)?"
  run xpk cluster delete "${AT[@]}" --force
}

launch "$@"
