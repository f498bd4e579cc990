import argparse
import dataclasses
import json
import socket

import pytest

from tidemark.names import clip, length, name
from tidemark.notices import Notices
from tidemark.settings import settings


def resolve(environment=None, **arguments):
    blank = dict(project=None, run_name=None, config=None, run=None, url=None, token=None, tags=(), notes="",
                 rank=None, stop="never", folder=None, mode=None, time=1.0)  # fmt: skip
    return settings(Notices(), **{**blank, **arguments}, environment=environment or {})


def hello(**arguments):
    return json.loads(resolve(**arguments).hello)


def test_defaults():
    found = resolve()
    assert (found.url, found.token, found.mode, found.rank) == ("http://127.0.0.1:8433", None, "online", 0)
    assert json.loads(found.hello) == {
        "kind": "run", "protocol": 1, "run": found.run, "writer": found.writer, "rank": 0, "stop": "never", "time": 1.0,
        "host": socket.gethostname(),
    }  # fmt: skip


def test_the_environment_fills_in_what_arguments_leave_open():
    found = resolve(
        {
            "TIDEMARK_URL": "https://monitor:1/x/",
            "TIDEMARK_TOKEN": "t",
            "TIDEMARK_PROJECT": "p",
            "TIDEMARK_NAME": "n",
            "TIDEMARK_MODE": "offline",
            "TIDEMARK_RUN_ID": "r",
            "TIDEMARK_DIR": "/d",
            "RANK": "3",
        },
        run_name="mine",
    )
    said = json.loads(found.hello)
    assert (found.url, found.token, found.mode) == ("https://monitor:1/x", "t", "offline")
    assert (said["project"], said["name"], said["run"], said["rank"]) == ("p", "mine", "r", 3)
    assert str(found.spool) == f"/d/r@{found.writer}.jsonl"


def test_every_start_has_a_writer_of_its_own():
    assert resolve(run="r").writer != resolve(run="r").writer


def test_what_scripts_set_for_wandb_fills_in_what_tidemark_has_no_variable_for():
    theirs = {
        "WANDB_PROJECT": "p", "WANDB_NAME": "n", "WANDB_RUN_ID": "r", "WANDB_MODE": "dryrun", "WANDB_DIR": "/d",
        "WANDB_TAGS": "a, b,", "WANDB_NOTES": "why", "WANDB_RUN_GROUP": "g", "WANDB_JOB_TYPE": "eval",
        "WANDB_BASE_URL": "https://theirs", "WANDB_API_KEY": "secret", "WANDB_RESUME": "must",
    }  # fmt: skip
    found = resolve(theirs, tags=None, notes=None)
    said = json.loads(found.hello)
    assert {key: said[key] for key in ("project", "name", "run", "tags", "notes", "group", "job")} == dict(
        project="p", name="n", run="r", tags=["a", "b"], notes="why", group="g", job="eval"
    )
    assert (found.mode, str(found.folder), found.resume) == ("offline", "/d", "must")
    assert (found.url, found.token) == ("http://127.0.0.1:8433", None)  # theirs is another server
    assert resolve({**theirs, "TIDEMARK_PROJECT": "mine"}).project == "mine"
    assert resolve({"WANDB_DISABLED": "true"}).mode == "disabled"


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, 0),
        ({"RANK": "2", "SLURM_PROCID": "7", "SLURM_STEP_NUM_TASKS": "8"}, 2),
        ({"SLURM_PROCID": "7", "SLURM_STEP_NUM_TASKS": "8"}, 7),
        ({"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1", "OMPI_COMM_WORLD_RANK": "1"}, 1),
        ({"OMPI_COMM_WORLD_RANK": "3"}, 3),
    ],
)
def test_the_rank_is_the_launchers(environment, rank):
    assert resolve(environment, run="r").rank == rank


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"run": "a b"}, "id: must be 1 to 128 letters"),
        ({"run": "x" * 129}, "id: must be 1 to 128 letters"),
        ({"rank": -1}, "rank: must be a whole number"),
        ({"environment": {"RANK": "one"}}, "RANK: must be a whole number from 0, got 'one'"),
        ({"mode": "off"}, "mode: must be one of 'online', 'offline', 'disabled', got 'off'"),
        ({"stop": "now"}, "stop: must be one of"),
        ({"resume": "maybe"}, "resume: must be True, 'allow'"),
        ({"options": {"system": -1}}, "settings: system must be seconds from 0"),
        ({"options": {"system": "x"}}, "settings: system must be seconds from 0"),
        ({"options": {"finish": float("inf")}}, "settings: finish must be seconds from 0"),
        ({"url": "monitor:8433"}, "url: must be http://HOST:PORT"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        resolve(**arguments)


def test_wrong_types_are_refused_by_name():
    with pytest.raises(TypeError, match="tags: must be a sequence of strings"):
        resolve(tags="one")
    with pytest.raises(TypeError, match="config: must be a mapping"):
        resolve(config=3)


def test_config_becomes_plain_json():
    @dataclasses.dataclass
    class Model:
        layers: tuple = (1, 2)

    config = {"lr": float("inf"), "model": Model(), "type": int, "on": True, 1: None}
    assert hello(config=config)["config"] == {
        "lr": "Infinity", "model": {"layers": [1, 2]}, "type": "<class 'int'>", "on": True, "1": None,
    }  # fmt: skip
    assert hello(config=argparse.Namespace(lr=0.1))["config"] == {"lr": 0.1}


def test_a_config_larger_than_the_server_takes_is_left_out_with_a_warning(warnings):
    assert "config" not in hello(config={"x": "y" * 300_000})
    assert warnings.about("config: must be at most 262144 bytes")


def test_ranks_without_a_common_id_are_warned_of(warnings):
    resolve({"WORLD_SIZE": "4"})
    assert warnings.about("TIDEMARK_RUN_ID")


def test_names_are_made_to_fit():
    assert name("a\tb\x00") == "a b "
    assert name("") == "?"
    assert length(name("\U0001f600" * 200)) == 256
    assert clip("a\U0001f600b", 2) == "a"


def test_numbers_and_sets_are_taken_where_texts_and_lists_belong():
    said = hello(project=7, run_name=0, run=12, notes=5, tags={"a"}, group=1, job_type=2)
    assert [said[key] for key in ("project", "name", "run", "notes", "tags", "group", "job")] == [
        "7", "0", "12", "5", ["a"], "1", "2",
    ]  # fmt: skip
    assert hello(tags=(tag for tag in "ab"))["tags"] == ["a", "b"]
    assert "name" not in hello(run_name="")


def test_modes_of_wandbs_are_taken_as_an_argument_too():
    assert resolve(mode="dryrun").mode == "offline"


def test_a_user_without_a_home_has_the_spool_beside_temporary_files(monkeypatch, tmp_path):
    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.expanduser", homeless)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert resolve().folder.parent == tmp_path


def test_a_rank_of_minus_one_is_none():
    assert resolve({"RANK": "-1", "LOCAL_RANK": "-1", "WORLD_SIZE": "-1", "SLURM_PROCID": "2"}).rank == 0
    assert resolve({"RANK": "-1", "PMI_RANK": "2"}).rank == 2
