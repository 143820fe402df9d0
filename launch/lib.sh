# shellcheck shell=bash
# What the launch scripts share. A run.sh sources this, defines one function verb_NAME for each
# verb, under a line "## NAME  what it does", and ends with: launch "$@"
#
#   run WORDS...     runs a command and shows it; with --dry_run prints it and runs nothing
#   look WORDS...    the same for a command that only reads; its output is the caller's
#   confirm TEXT     y/N before anything is created or destroyed; --yes answers
#   need NAMES...    values that have to be set, from .env or the environment
#   drill            the proof of a resume, on four functions of the target
#
# What --dry_run prints is a script: comments, and commands quoted so that bash reads them back.
set -euo pipefail

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "error: bash 4.4 or newer is needed, this is $BASH_VERSION (macOS: brew install bash)" >&2
  exit 2
fi

LAUNCH=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname -- "$LAUNCH")
HERE=$(cd -P -- "$(dirname -- "$0")" && pwd)
TARGET=$(basename -- "$HERE")
ENV_FILE=$HERE/.env
EXAMPLE=$HERE/.env.example
DRY_RUN=0
YES=0
POSITIONAL=()
TRAINER_ARGS=()
# shellcheck disable=SC2034 # of run.sh
JAX_VERSION=0.10.2 # the newest on Python 3.11, and what the tests run with

say() { printf '%s\n' "$*"; }

note() {
  if ((DRY_RUN)); then say "# $*"; else say "$*"; fi
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 2
}

# The words as one line that bash reads back as the same words.
quoted() {
  local word line=""
  for word; do
    [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
    line+="${line:+ }$word"
  done
  printf '%s\n' "$line"
}

run() {
  if ((DRY_RUN)); then
    quoted "$@"
  else
    printf '+ %s\n' "$(quoted "$@")" >&2
    "$@" 3>&-
  fi
}

# In a dry run the question is shown, and the answer is empty.
look() {
  if ((DRY_RUN)); then
    printf '# looks: %s\n' "$(quoted "$@")" >&3
  else
    "$@"
  fi
}

confirm() {
  local answer
  if ((DRY_RUN)); then
    say "# asks: $* [y/N]"
    return
  fi
  if ((YES)); then
    say "$* yes (--yes)"
    return
  fi
  printf '%s [y/N] ' "$*"
  if ! read -r answer; then
    printf '\n'
    fail "no answer could be read; nothing was done. In scripts: --yes"
  fi
  [[ $answer == [yY] || $answer == [yY][eE][sS] ]] || {
    say "nothing was done"
    exit 1
  }
}

tool() { # name, how to install it
  ((DRY_RUN)) || command -v "$1" >/dev/null || fail "there is no $1 on this machine: $2"
}

# Names that .env may set: those of .env.example, where optional ones stand behind "#".
settings_of_target() {
  sed -nE 's/^#? ?([A-Z][A-Z0-9_]*)=.*/\1/p' "$EXAMPLE"
}

# NAME=value a line; a value may be quoted; "  # comment" ends an unquoted one. Lines that begin
# with -- are arguments of the trainer, to the end of the line. The environment wins over the file.
load_env() {
  local line name value number=0 known
  known=$'\n'$(settings_of_target)$'\n'
  [[ -f $ENV_FILE ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [[ -z $line || $line == \#* ]] && continue
    if [[ $line == --* ]]; then
      TRAINER_ARGS+=("$line")
      continue
    fi
    [[ $line =~ ^(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] ||
      fail "$ENV_FILE, line $number: neither NAME=value nor an argument --...: $line"
    name=${BASH_REMATCH[2]}
    value=${BASH_REMATCH[3]}
    [[ $known == *$'\n'"$name"$'\n'* ]] ||
      fail "$ENV_FILE, line $number: $name is no setting of $TARGET; $EXAMPLE lists them"
    if [[ $value =~ ^\"([^\"]*)\"([[:space:]]+#.*)?$ || $value =~ ^\'([^\']*)\'([[:space:]]+#.*)?$ ]]; then
      value=${BASH_REMATCH[1]}
    elif [[ $value == [\"\']* ]]; then
      fail "$ENV_FILE, line $number: the quotes of $name do not match: $value"
    else
      value=${value%%[[:space:]]#*}
      value=${value%"${value##*[![:space:]]}"}
    fi
    if [[ -v $name && ${!name} != "$value" ]]; then
      printf 'note: %s=%s comes from the environment, not from %s\n' "$name" "${!name}" "$ENV_FILE" >&2
    fi
    [[ -v $name ]] || printf -v "$name" '%s' "$value"
  done <"$ENV_FILE"
}

need() {
  local name missing="" lines=""
  for name; do
    [[ -z ${!name:-} ]] || continue
    missing+="${missing:+, }$name"
    lines+=$'\n  '$(grep -E "^#? ?$name=" "$EXAMPLE" | head -n 1 | sed -E 's/^# ?//')
  done
  [[ -z $missing ]] || fail "not set: $missing. Add to $ENV_FILE ($EXAMPLE has all):$lines"
}

# RUN_ID names the run: its folder under RUNS, and VSDPO_RUN_ID on every host.
# shellcheck disable=SC2034 # TRAINER: of run.sh
need_run() {
  need RUN_ID RUNS CONFIG
  [[ $RUN_ID =~ ^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$ ]] ||
    fail "RUN_ID=$RUN_ID: at most 28 small letters, digits and '-', a letter first (it names jobs)"
  [[ -f $ROOT/${CONFIG%%:*} ]] || fail "CONFIG=$CONFIG: no such file in $ROOT"
  WORKDIR=${RUNS%/}/$RUN_ID
  TRAINER=(--config="$CONFIG" --workdir="$WORKDIR" "${TRAINER_ARGS[@]}")
}

need_bucket() {
  [[ $RUNS == gs://?* ]] ||
    fail "RUNS=$RUNS: the hosts share no disk; give a bucket: RUNS=gs://BUCKET/runs"
}

# COMMIT of what runs. "here": this folder, changes included. "head": the commit that was sent.
# "committed": it is being sent, and what is not committed would stay behind, so say no.
need_commit() {
  [[ -z ${COMMIT:-} ]] || return 0
  COMMIT=$(git -C "$ROOT" rev-parse HEAD 2>/dev/null) ||
    fail "$ROOT is no git checkout; clone the repository: runs are named by their commit"
  local changed
  changed=$(git -C "$ROOT" status --porcelain --untracked-files=no)
  [[ -n $changed ]] || return 0
  case $1 in
    here) COMMIT+=-changed ;;
    committed)
      fail "these changes are not committed, and only commits are sent; commit them first:"$'\n'"$changed"
      ;;
  esac
}

# The commit as an archive, for hosts that share no disk with this one: ARCHIVE. Its launch/COMMIT
# names the commit (export-subst), and launch/host.sh compares that with VSDPO_COMMIT.
make_archive() {
  ARCHIVE=${TMPDIR:-/tmp}/vsdpo_jax-$COMMIT.tar.gz
  run git -C "$ROOT" archive --format=tar.gz --output="$ARCHIVE" "$COMMIT"
}

# ---- command lines for other hosts, where the code lies in vsdpo_jax/ of the home folder ----

# Unpacks vsdpo_jax.tar.gz and installs; .venv stays, so that a second time takes seconds.
unpack_and_setup() { # extra, version of jax
  local modules=()
  read -ra modules <<<"${RENDERERS:-}"
  printf '%s && ' "mkdir -p vsdpo_jax && rm -rf vsdpo_jax/vsdpo_jax vsdpo_jax/configs" \
    "tar -xzf vsdpo_jax.tar.gz -C vsdpo_jax"
  quoted bash vsdpo_jax/launch/host.sh setup "$1" "$2" "${modules[@]}"
}

host_sh() { # verb and arguments of launch/host.sh
  quoted env VSDPO_RUN_ID="$RUN_ID" ${COMMIT:+VSDPO_COMMIT="$COMMIT"} bash vsdpo_jax/launch/host.sh "$@"
}

# What launch/generations.tsv says of ACCELERATOR_TYPE: IMAGE, JAX, HOSTS, and PRICE in words.
# shellcheck disable=SC2034 # of run.sh
need_tpu_type() {
  local row cores list_price chips
  row=$(awk -F '\t' -v type="${ACCELERATOR_TYPE%-*}" '$2 == type' "$LAUNCH/generations.tsv")
  [[ -n $row && ${ACCELERATOR_TYPE##*-} =~ ^[1-9][0-9]*$ ]] ||
    fail "ACCELERATOR_TYPE=$ACCELERATOR_TYPE: not one of" \
      "$(awk -F '\t' '!/^#/ { printf "%s-N ", $2 }' "$LAUNCH/generations.tsv")(launch/generations.tsv)"
  IFS=$'\t' read -r _ _ IMAGE JAX _ _ cores _ list_price <<<"$row"
  chips=$((${ACCELERATOR_TYPE##*-} / cores))
  # a host has 4 chips; of v5e and v6e up to 8 where that is all
  if ((cores == 1 && chips <= 8)); then HOSTS=1; else HOSTS=$(((chips + 3) / 4)); fi
  PRICE="$ACCELERATOR_TYPE ($chips chips, $HOSTS hosts) in $ZONE, \$$(
    dollars "$chips * ${PRICE_PER_CHIP_HOUR:-$list_price}"
  ) per hour ${PRICE_PER_CHIP_HOUR:+as PRICE_PER_CHIP_HOUR says}$(
    [[ -n ${PRICE_PER_CHIP_HOUR:-} ]] || printf 'by an unchecked list price on demand%s' "${SPOT:+, less for spot}"
  ), until deleted"
}

# An arithmetic expression with decimals: dollars "16 * 1.2"
dollars() { awk "BEGIN { printf \"%.2f\", $* }"; }

# ---- drill: kill one process of the run, start it again, prove that it went on ----
# A target defines drill_start (idempotent), drill_kill, drill_alive (prints how many processes
# live), list_workdir PATH/ and read_workdir PATH (empty where there is nothing).
# A row of metrics holds measured seconds: rows done again differ, rows kept are the same bytes.

# For workdirs in a bucket, or on a disk that this machine sees.
list_workdir() {
  case $WORKDIR in
    gs://*) { look gcloud storage ls "$WORKDIR/$1" 2>/dev/null || true; } | sed -E 's:/$::; s:.*/::' ;;
    *) look ls -- "$WORKDIR/$1" 2>/dev/null || true ;;
  esac
}
read_workdir() {
  case $WORKDIR in
    gs://*) look gcloud storage cat "$WORKDIR/$1" 2>/dev/null || true ;;
    *) look cat -- "$WORKDIR/$1" 2>/dev/null || true ;;
  esac
}

newest_checkpoint() { list_workdir checkpoints/ | { grep -xE '[0-9]+' || true; } | sort -n | tail -n 1; }

# Calls a function each DRILL_POLL seconds until it succeeds; DRILL_SECONDS at most.
wait_for() { # what, function
  local started=$SECONDS
  if ((DRY_RUN)); then
    say "# waits until $1 (at most ${DRILL_SECONDS:-900} s)"
    "$2" || true
    return
  fi
  until "$2"; do
    ((SECONDS - started < ${DRILL_SECONDS:-900})) ||
      fail "drill: waited $((SECONDS - started)) s in vain until $1; DRILL_SECONDS sets the limit"
    sleep "${DRILL_POLL:-5}"
  done
  WAITED=$((SECONDS - started))
}

not_finished() {
  ! run_is_finished || fail "drill: run $RUN_ID is finished; give the drill a run of its own: RUN_ID"
}
run_is_finished() { [[ $'\n'$(list_workdir '')$'\n' == *$'\n'summary.json$'\n'* ]]; }

drill_has_saved() {
  not_finished
  CHECKPOINT=$(newest_checkpoint)
  [[ -n $CHECKPOINT ]] || return 1
  read_workdir metrics.jsonl >"$DRILL_FOLDER/before"
  [[ -s $DRILL_FOLDER/before ]]
}
drill_is_over() { [[ $(drill_alive) == 0 ]]; }
drill_saved_again() {
  NEWEST=$(newest_checkpoint)
  ((${NEWEST:-0} > ${CHECKPOINT:-0})) || run_is_finished
}

drill() {
  not_finished
  confirm "The drill kills one process of run $RUN_ID with SIGKILL and starts the run again; what it" \
    "did since its last checkpoint is done again. Go on?"
  DRILL_FOLDER=$(mktemp -d)
  trap 'rm -rf -- "$DRILL_FOLDER"' EXIT
  CHECKPOINT="" NEWEST="" WAITED=N
  note "1/5 start: the run, where it is not running"
  drill_start
  wait_for "a checkpoint and a row of metrics are there" drill_has_saved
  note "2/5 kill: SIGKILL, at checkpoint ${CHECKPOINT:-N}"
  drill_kill
  note "3/5 end: the other processes notice"
  wait_for "no process of the run lives" drill_is_over
  note "    ended after $WAITED s"
  CHECKPOINT=$(newest_checkpoint) # one more may have been saved before the kill
  note "4/5 resume: the same command"
  drill_start
  wait_for "a newer checkpoint than ${CHECKPOINT:-N} is there" drill_saved_again
  note "    checkpoint ${NEWEST:-N} after $WAITED s"
  note "5/5 proof: rows of metrics from before the kill are still there, byte for byte"
  read_workdir metrics.jsonl >"$DRILL_FOLDER/after"
  ((DRY_RUN)) || drill_verdict "$DRILL_FOLDER/before" "$DRILL_FOLDER/after"
}

drill_verdict() { # metrics before, metrics after
  local before kept steps
  before=$(wc -l <"$1")
  kept=$(awk 'NR == FNR { row[FNR] = $0; next } row[FNR] != $0 { exit } { kept = FNR } END { print kept + 0 }' "$1" "$2")
  steps=$(sed -nE 's/^\{"step": ([0-9]+),.*/\1/p' "$2")
  [[ $steps == "$(seq 0 $(($(wc -l <"$2") - 1)))" ]] ||
    fail "drill: NOT PROVED: the steps of metrics.jsonl are not 0, 1, 2, ... each once:"$'\n'"$steps"
  ((kept > 0)) ||
    fail "drill: NOT PROVED: no row from before the kill is left, so the run began anew"
  say "PROVED: $kept of $before rows kept, checkpoint $CHECKPOINT -> $NEWEST, steps 0 to $(tail -n 1 <<<"$steps") each once"
}

# ---- command line ----

verbs() { sed -nE 's/^## ([a-z]+) .*/\1/p' "$0"; }

usage() {
  say "Usage: launch/$TARGET/run.sh [--dry_run] [--yes] [--env_file=FILE] VERB [-- TRAINER ARGUMENTS]"
  say ""
  sed -nE 's/^## ?/  /p' "$0"
  cat <<TEXT

  --dry_run        print the exact commands, run nothing
  --yes            answer y to what is asked before anything is created or destroyed
  --env_file=FILE  the settings, in place of launch/$TARGET/.env; the environment wins over it
  -- ARGUMENTS     for the trainer, after those of the settings: -- --config.seed=1

Settings (launch/$TARGET/.env.example; those behind # have defaults):
TEXT
  grep -E '^#? ?[A-Z][A-Z0-9_]*=|^#? ?--' "$EXAMPLE" | sed 's/^/  /'
}

launch() {
  exec 3>&1 # where a dry run shows what look would ask, whoever reads its output
  local verb="" word is_given=0
  while (($#)); do
    word=$1
    shift
    case $word in
      -h | --help) usage && exit 0 ;;
      --dry_run) DRY_RUN=1 ;;
      --yes) YES=1 ;;
      --env_file=*) ENV_FILE=${word#*=} is_given=1 ;;
      --) EXTRA=("$@") && break ;;
      -*) fail "unknown flag $word; the trainer's own go behind --; see launch/$TARGET/run.sh --help" ;;
      *) if [[ -z $verb ]]; then verb=$word; else POSITIONAL+=("$word"); fi ;;
    esac
  done
  [[ -n $verb ]] || { usage && exit 2; } >&2
  verbs | grep -qx -- "$verb" ||
    fail "no verb $verb; there are: $(verbs | tr '\n' ' ')(see launch/$TARGET/run.sh --help)"
  ((${#POSITIONAL[@]} == 0)) ||
    fail "$verb takes no ${POSITIONAL[0]}; the trainer's arguments go behind --"
  ((!is_given)) || [[ -f $ENV_FILE ]] || fail "--env_file=$ENV_FILE: no such file"
  load_env
  TRAINER_ARGS+=("${EXTRA[@]}")
  "verb_$verb"
}
EXTRA=()
