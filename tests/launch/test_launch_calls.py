"""What the launch scripts call, with fakes of gcloud, xpk, sbatch, sky, ssh on PATH."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess

import pytest
from launching import NASTY, TARGETS

ABSENT = ["tpu-vm describe", "", "ERROR: NOT_FOUND: Resource was not found\n", 1]
READY = ["tpu-vm describe", "READY\n", "", 0]
PREEMPTED = ["tpu-vm describe", "PREEMPTED\n", "", 0]
NO_JOBSET = ["get jobset", "", 'Error from server (NotFound): jobsets "mini-1" not found\n', 1]
# What is created or destroyed where nothing is there yet, or something is.
CREATES = [
    ("tpu_vm", "create", [ABSENT]),
    ("gke", "create", []),
    ("skypilot", "create", []),
    ("skypilot", "managed", []),
    ("slurm", "train", []),
    ("slurm", "setup", []),
    ("gpu_box", "setup", []),
    ("tpu_vm", "resume", [PREEMPTED]),
    ("skypilot", "resume", []),
    ("gke", "image", [["artifacts docker images describe", "", "", 1]]),
    ("tpu_vm", "delete", [READY]),
    ("gke", "delete", [["clusters list", "RUNNING\n", "", 0]]),
    ("gke", "stop", []),
    ("gpu_box", "delete", []),
    ("tpu_vm", "watch", [READY]),
    ("skypilot", "delete", [["sky status", "vsdpo  GCP  UP\n", "", 0]]),
    ("tpu_vm", "drill", [READY]),
    ("gke", "drill", []),
    ("slurm", "drill", []),
]
READS = ("describe", "get", "list", "ls", "cat", "status", "get-credentials", "--dryrun", "queue")


def changes(place) -> list[list[str]]:
    return [
        words
        for words in place.calls()
        if not any(read in words for read in READS) and words[0] != "squeue"
    ]


@pytest.mark.parametrize(("target", "verb", "answers"), CREATES)
def test_no_is_no_and_no_answer_is_an_error(place, target, verb, answers):
    place.settings(target)
    result = place.run(target, verb, answer="n\n", FAKE_ANSWERS=json.dumps(answers))
    assert result.code == 1
    assert result.out.endswith("[y/N] nothing was done\n")
    assert changes(place) == []
    result = place.run(target, verb, FAKE_ANSWERS=json.dumps(answers))
    assert result.code == 2
    assert result.error.endswith(
        "error: no answer could be read; nothing was done. In scripts: --yes\n"
    )
    assert changes(place) == []


@pytest.mark.parametrize(
    ("target", "verb"),
    [
        ("tpu_vm", "create"),
        ("tpu_vm", "resume"),
        ("tpu_vm", "watch"),
        ("gke", "create"),
        ("slurm", "train"),
        ("gpu_box", "setup"),
        ("skypilot", "create"),
        ("skypilot", "managed"),
    ],
)
def test_the_price_is_said_before_the_question(place, target, verb):
    place.settings(target, *(["PRICE_PER_NODE_HOUR=14.25"] if target == "slurm" else []))
    answers = json.dumps([ABSENT, ["--dryrun", "COST ($) 28.50\n", "", 0]])
    result = place.run(target, verb, answer="n\n", FAKE_ANSWERS=answers)
    said = result.out[: result.out.index("[y/N]")]
    assert (
        "$19.20 per hour" in said or "$28.50" in said or "$3.50 per hour" in said or "28.50" in said
    )


def test_what_a_dry_run_prints_is_what_runs(place):
    """The same words reach the tools, blanks and quotes in them, for each line that is printed."""
    for target, verb in (
        ("tpu_vm", "train"),
        ("tpu_vm", "setup"),
        ("gke", "train"),
        ("gke", "image"),
        ("slurm", "train"),
        ("skypilot", "train"),
        ("skypilot", "managed"),
        ("gpu_box", "train"),
        ("gpu_box", "setup"),
    ):
        place.settings(target, NASTY)
        answers = json.dumps([NO_JOBSET, ["images describe", "", "", verb == "image"]])
        result = place.run(target, "--yes", verb, "--", "--config.note=a  b", FAKE_ANSWERS=answers)
        assert result.code == 0, result
        ran = changes(place)
        printed = place.run(target, "--dry_run", verb, "--", "--config.note=a  b")
        lines = [line for line in printed.out.splitlines() if not line.startswith("#")]
        assert [
            words
            for words in map(shlex.split, lines)
            if words[0] in ("gcloud", "xpk", "sky", "ssh")
            and not any(read in words for read in READS)
        ] == [words for words in ran if words[0] in ("gcloud", "xpk", "sky", "ssh")]
        place.log.unlink(missing_ok=True)
        script = "\n".join(line for line in lines if not line.startswith("tar "))
        subprocess.run(["bash", "-c", script], env=place.environment, check=True, cwd=place.folder)
        assert changes(place) == ran
        if verb not in ("setup", "image"):
            assert NASTY in last_words(ran[-1])
            assert "--config.note=a  b" in last_words(ran[-1])


def last_words(call: list[str]) -> list[str]:
    """The words that reach the host: those of the command line in the call, where there is one."""
    words = []
    for word in call:
        words += [word]
        if "launch/host.sh" in word and " " in word:
            words += shlex.split(word.removeprefix("--command=").removeprefix("VSDPO_COMMAND="))
    return words


def test_run_and_commit_reach_the_trainer_on_every_target(place):
    for target in (name for name in TARGETS if name != "local"):
        place.settings(target)
        result = place.run(target, "--yes", "train", FAKE_ANSWERS=json.dumps([NO_JOBSET]))
        assert result.code == 0, result
        submitted = " ".join(changes(place)[-1])
        environment = (
            f"VSDPO_RUN_ID=mini-1 VSDPO_COMMIT={place.commit}",
            f"--env=VSDPO_RUN_ID=mini-1 --env=VSDPO_COMMIT={place.commit}",
            f"--env VSDPO_RUN_ID=mini-1 --env VSDPO_COMMIT={place.commit}",
        )
        # sbatch takes the environment of the shell: what env sets is in no word of it
        assert target == "slurm" or any(part in submitted for part in environment), submitted
    assert "env VSDPO_RUN_ID=mini-1 VSDPO_COMMIT=" in place.run("slurm", "--dry_run", "train").out


@pytest.mark.parametrize(
    ("target", "verb", "answers", "said"),
    [
        ("tpu_vm", "create", [READY], "vsdpo is there (READY); nothing was created"),
        ("tpu_vm", "delete", [ABSENT], "there is no vsdpo in us-west4-a; nothing was deleted"),
        (
            "gke",
            "create",
            [["clusters list", "RUNNING\n", "", 0]],
            "cluster vsdpo is there (RUNNING); ",
        ),
        ("gke", "delete", [], "there is no cluster vsdpo in my-project; nothing was deleted"),
        ("gke", "image", [["images describe", "x\n", "", 0]], "is there; nothing was built"),
        ("gke", "train", [], "run mini-1 is there already; nothing was submitted"),
        (
            "slurm",
            "train",
            [["squeue", "4711\n", "", 0]],
            "run mini-1 is job 4711 already; nothing was",
        ),
        ("slurm", "stop", [], "run mini-1 is not queued; nothing was stopped"),
        ("slurm", "delete", [], "nothing was deleted"),
        (
            "skypilot",
            "train",
            [["sky queue", '[{"job_name": "mini-1"}]', "", 0]],
            "run mini-1 is queued or running on vsdpo; nothing was submitted",
        ),
        ("skypilot", "delete", [], "there is no cluster vsdpo; nothing was deleted"),
        ("local", "delete", [], "there is no run local-1 in "),
    ],
)
def test_twice_is_once(place, target, verb, answers, said):
    place.settings(target)
    result = place.run(target, verb, FAKE_ANSWERS=json.dumps(answers))
    assert result.code == 0, result
    assert said in result.out
    assert changes(place) == []


def test_a_preempted_slice_is_made_again_and_the_run_goes_on(place):
    place.settings("tpu_vm", "SPOT=1", "DATA=gs://my-bucket/tasks")
    result = place.run("tpu_vm", "--yes", "resume", FAKE_ANSWERS=json.dumps([PREEMPTED]))
    assert result.code == 0, result
    calls = [" ".join(words) for words in changes(place)]
    marks = (
        "tpu-vm delete vsdpo",
        "tpu-vm create vsdpo",
        "tpu-vm scp",
        "host.sh setup tpu 0.10.2",
        "gcloud storage rsync --recursive gs://my-bucket/tasks",
        "host.sh start tpu_vm",
    )
    assert len(calls) == len(marks)
    assert [mark for mark, call in zip(marks, calls, strict=True) if mark not in call] == []
    assert "--spot" in changes(place)[1]
    assert place.run("tpu_vm", "create", FAKE_ANSWERS=json.dumps([PREEMPTED])).code == 2
    # a slice that is there only starts the run again
    place.run("tpu_vm", "--yes", "resume", FAKE_ANSWERS=json.dumps([READY]))
    assert ["host.sh start" in " ".join(words) for words in changes(place)] == [True]


def test_a_tool_that_fails_is_not_taken_for_nothing_there(place):
    place.settings("tpu_vm")
    answers = [["describe", "", "ERROR: (gcloud) no active account selected\n", 1]]
    for verb in ("create", "delete", "resume"):
        result = place.run("tpu_vm", "--yes", verb, FAKE_ANSWERS=json.dumps(answers))
        assert result.code == 2
        assert "could not say whether vsdpo is there: ERROR: (gcloud) no active" in result.error
        assert changes(place) == []
    place.settings("gke")
    answers = [["get jobset", "", "Unable to connect to the server\n", 1]]
    result = place.run("gke", "--yes", "train", FAKE_ANSWERS=json.dumps(answers))
    assert (result.code, "could not say whether mini-1 is there" in result.error) == (2, True)
    answers = [["clusters list", "", "no permission\n", 1]]
    assert place.run("gke", "--yes", "create", FAKE_ANSWERS=json.dumps(answers)).code == 2


def test_a_workload_that_has_ended_makes_room_for_its_name(place):
    place.settings("gke")
    place.run("gke", "train", FAKE_ANSWERS=json.dumps([["get jobset", "Failed", "", 0]]))
    assert [words[:3] for words in changes(place)] == [
        ["xpk", "workload", "delete"],
        ["xpk", "workload", "create"],
    ]
    result = place.run("gke", "train", FAKE_ANSWERS=json.dumps([["images describe", "", "", 1]]))
    assert result.code == 2
    assert "error: no image us-west4-docker.pkg.dev/my-project/vsdpo/vsdpo_jax:" in result.error


def test_watch_stops_at_an_error_and_at_the_end(place):
    place.settings("tpu_vm")
    answers = [
        ["storage ls", "", "", 1],
        READY,
        ["host.sh status", "w-0: ended with 1\nw-1: ended with 3\n", "", 0],
    ]
    result = place.run("tpu_vm", "--yes", "watch", FAKE_ANSWERS=json.dumps(answers))
    assert result.code == 2
    assert "the run ended with an error, which a resume would meet again" in result.error
    result = place.run("tpu_vm", "--yes", "watch")
    assert (result.code, "run mini-1 is finished: gs://my-bucket/runs/mini-1" in result.out) == (
        0,
        True,
    )


def test_a_tool_that_is_not_installed_is_named_with_the_way_to_it(place):
    place.settings("gke")
    bare = place.folder / "bare"
    bare.mkdir()
    for tool in ("bash", "dirname", "basename", "sed", "grep", "tr", "cat", "awk", "git", "gcloud"):
        found = shutil.which(tool, path=place.environment["PATH"])
        assert found
        (bare / tool).symlink_to(found)
    result = place.run("gke", "create", PATH=str(bare))
    assert result.error == "error: there is no xpk on this machine: pip install xpk==1.16.0\n"


def test_a_pending_job_is_cancelled_and_a_running_one_saves(place):
    place.settings("slurm", f"LOGS={place.folder}/logs of jobs")
    (place.folder / "logs of jobs").mkdir()
    place.run(
        "slurm", "stop", FAKE_ANSWERS=json.dumps([["%A", "7\n", "", 0], ["%T", "PENDING\n", "", 0]])
    )
    assert changes(place) == [["scancel", "7"]]
    place.run(
        "slurm", "stop", FAKE_ANSWERS=json.dumps([["%A", "7\n", "", 0], ["%T", "RUNNING\n", "", 0]])
    )
    assert changes(place) == [["scancel", "--signal=TERM", "7"]]
    assert (place.folder / "logs of jobs" / "mini-1.log.stop").exists()


@pytest.mark.parametrize(
    ("code", "is_stopped", "is_requeued"),
    [(0, False, False), (75, False, True), (3, False, True), (75, True, False), (1, False, False)],
)
def test_a_job_that_saved_is_queued_again_unless_stopped(
    place, tmp_path, code, is_stopped, is_requeued
):
    log = tmp_path / "a log"
    answers = [["show job", f"   StdOut={log}\n", "", 0], ["srun", "", "", code]]
    script = (place.repo / "launch" / "slurm" / "job.sh").read_text("utf-8")
    if is_stopped:  # while it runs
        script = script.replace("code=0\n", 'code=0\ntouch -- "$LOG.stop"\n')
    place.log.unlink(missing_ok=True)
    done = subprocess.run(
        ["bash", "-c", script, "job.sh", NASTY],
        check=False,
        cwd=place.repo,
        text=True,
        capture_output=True,
        env=place.environment | {"SLURM_JOB_ID": "9", "FAKE_ANSWERS": json.dumps(answers)},
    )
    assert (done.returncode, done.stdout) == (code, f"job 9: the run ended with {code}\n")
    calls = place.calls()
    assert calls[1] == [
        "srun",
        "--kill-on-bad-exit=1",
        "--export=ALL",
        "bash",
        "launch/host.sh",
        "train",
        "slurm",
        NASTY,
    ]
    assert calls[2:] == ([["scontrol", "requeue", "9"]] if is_requeued else [])
    assert not log.with_name("a log.stop").exists()
