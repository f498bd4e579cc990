"""The surface that scripts written for W&B know."""

import argparse
import sys
from pathlib import Path

import pytest
from gate import websocket_server

import tidemark
from tidemark.notices import Notices


@pytest.fixture
def begin(gate, monkeypatch):
    while tidemark.exits.newest():  # left open by a test that failed
        tidemark.finish(timeout=0)
    monkeypatch.setattr("tidemark.foreign.module_notices", Notices())
    with websocket_server(gate) as url:
        yield lambda **settings: tidemark.init(url=url, **settings)


def lines(gate, *kinds):
    return [
        {key: value for key, value in line.items() if key not in ("seq", "time")}
        for line in gate.all_lines()
        if line["kind"] in kinds
    ]


SCRIPT = """
import tidemark as wandb
wandb.login()
run = wandb.init(entity="me", project="p", config={"lr": 0.1}, group="g", job_type="train", tags=["a"], notes="n",
                 save_code=True, settings=wandb.Settings(start_method="thread"))
config = wandb.config
config.epochs = 2
wandb.config.update({"depth": 3}, allow_val_change=True)
wandb.define_metric("epoch")
wandb.define_metric("val/*", step_metric="epoch", summary="min,best", goal="maximize")
wandb.watch(object(), log="all", log_freq=10)
for epoch in range(config.epochs):
    wandb.log({"epoch": epoch, "val": {"acc": 0.5 + epoch}})
    wandb.log({"picture": wandb.Image([[0]])}, commit=False)
wandb.run.summary["best_acc"] = 1.5
wandb.summary.update({"note": "good"})
wandb.alert(title="t", text="x", level=wandb.AlertLevel.ERROR, wait_duration=3)
wandb.save("model.pt")
artifact = wandb.Artifact("m", type="model")
artifact.add_file("model.pt")
run.log_artifact(artifact)
assert wandb.run is run and run.project == "p" and run.config["depth"] == 3
wandb.finish(quiet=True)
assert wandb.run is None
"""


def test_a_script_written_for_wandb_runs_unchanged(gate, begin, monkeypatch, warnings):
    with websocket_server(gate) as url:
        monkeypatch.setenv("TIDEMARK_URL", url)
        exec(compile(SCRIPT, "script", "exec"), {})
    hello = gate.hellos[0]
    assert {key: hello[key] for key in ("project", "config", "group", "job", "tags", "notes")} == dict(
        project="p", config={"lr": 0.1}, group="g", job="train", tags=["a"], notes="n"
    )
    assert lines(gate, "update") == [
        dict(kind="update", config={"epochs": 2}),
        dict(kind="update", config={"depth": 3}),
        dict(kind="update", summary={"best_acc": 1.5}),
        dict(kind="update", summary={"note": "good"}),
        dict(kind="update", summary={"val/acc.min": 0.5, "val/acc.max": 1.5}),
    ]
    assert lines(gate, "define") == [dict(kind="define", goal="max", axis="epoch", series="val/acc")]
    assert [line["values"] for line in lines(gate, "log") if line["values"]] == [
        {"epoch": 0, "val/acc": 0.5},
        {"epoch": 1, "val/acc": 1.5},
    ]
    assert lines(gate, "alert")[0]["level"] == "critical"
    for said in ("'save_code'", "'start_method'", "Image", "save", "log_artifact", "watch: model: must be"):
        assert len(warnings.about(said)) >= 1, said


MORE = """
import copy, os, pickle, tidemark as wandb
wandb.require("core")
wandb.setup()
def describe(run: wandb.sdk.wandb_run.Run, other: wandb.wandb_run.Run): return run.id
run = wandb.init(project="p", id=wandb.util.generate_id(), mode=mode)
assert describe(run, run) == run.id and len(run.id) == 8
assert run.path == f"p/{run.id}" and run.project_name() == "p" and run.get_url() == run.url
assert (run.entity, run.sweep_id, run.offline, run.disabled) == ("", None, False, mode == "disabled")
assert run.start_time > 1.6e9 and run.starting_step == 0
with open(os.path.join(wandb.run.dir, "model.pt"), "w") as file: file.write("weights")
wandb.save(os.path.join(wandb.run.dir, "*.pt"))
picture = wandb.Image([[0]], caption="c")
assert isinstance(picture, wandb.Image)
table = wandb.Table(columns=["a"])
table.add_data(1)
assert [row for row in table.data] == [] and len(table.data) == 0 and "a" not in table.columns
wandb.log({"t": table, "h": wandb.Histogram([1, 2]), "v": wandb.Video("x"), "p": wandb.plot.line(table, "a", "b"),
           "pictures": [picture], "loss": 0.5})
pickle.loads(pickle.dumps([picture, table])); copy.deepcopy(picture)
artifact = wandb.Artifact("m", type="model")
artifact.metadata["epoch"] = 3
with artifact.new_file("x.txt") as file: file.write("text")
run.log_artifact(artifact, aliases=["best"]).wait()
wandb.termlog("hello"); wandb.termwarn("careful"); wandb.termerror("bad")
try: raise ValueError("mine")
except (wandb.Error, wandb.errors.CommError): raise AssertionError
except ValueError: pass
run.config.setdefaults({"lr": 0.1}); assert run.config.lr == 0.1
run.watch(object(), object(), log="all")
assert wandb.summary["loss"] == 0.5
run.save(); run.log_code("."); run.mark_preempting()
wandb.finish(); wandb.teardown()
"""


@pytest.mark.parametrize("mode", ["online", "disabled"])
def test_what_else_scripts_written_for_wandb_use(gate, begin, monkeypatch, tmp_path, capsys, mode):
    monkeypatch.chdir(tmp_path)
    with websocket_server(gate) as url:
        monkeypatch.setenv("TIDEMARK_URL", url)
        exec(compile(MORE, "script", "exec"), {"mode": mode})
    assert [line["values"] for line in lines(gate, "log")] == ([{"loss": 0.5}] if mode == "online" else [])
    assert [path.name for path in tmp_path.glob("tidemark-files/*/*")] == ["model.pt"]
    assert capsys.readouterr().err == "hello\ncareful\nbad\n"


def test_a_run_has_a_folder_where_the_working_folder_is_gone(monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    run = tidemark.init(mode="disabled")
    assert Path(run.dir).is_dir()
    run.finish()


@pytest.mark.parametrize(("name", "why"), [("Api", "HTTP API"), ("sweep", "no sweeps"), ("agent", "no sweeps")])
def test_what_a_script_cannot_do_without_is_a_clear_error(name, why):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': .*{why}"):
        getattr(tidemark, name)


def test_unknown_keywords_are_warned_of_once(begin, warnings):
    run = begin(sweep=1)
    for _ in range(3):
        run.log({"x": 1.0}, sync=True)
    run.finish(bogus=1)
    assert [message.split(": ", 1)[1] for message in warnings] == [
        "init: has no argument 'sweep'; it has no effect",
        "log: has no argument 'sync'; it has no effect",
        "finish: has no argument 'bogus'; it has no effect",
    ]


def test_a_name_that_neither_has_is_an_attribute_error(begin):
    with pytest.raises(AttributeError, match="no attribute 'lgo'"):
        _ = tidemark.lgo
    run = begin()
    with pytest.raises(AttributeError, match="no attribute 'fnish'"):
        run.fnish()
    run.finish()


def test_the_third_argument_may_be_wandbs(gate, begin):
    run = begin()
    run.log({"a": 1}, 3, False)
    run.log({"b": 2}, 3)
    run.finish()
    assert lines(gate, "log") == [dict(kind="log", step=3, values={"a": 1, "b": 2})]


def test_reinit_says_what_becomes_of_an_open_run(begin):
    first = begin()
    assert begin(reinit="return_previous") is first
    second = begin(reinit=True)
    assert (first._open, second._open) == (False, True)
    third = begin(reinit="create_new")
    assert second._open
    third.finish()
    second.finish()


def test_a_cell_of_a_notebook_that_is_run_again_ends_the_run_it_left_open(begin, monkeypatch):
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    first = begin()
    second = begin()
    assert (first._open, second._open) == (False, True)
    third = begin(reinit="create_new")
    assert second._open
    third.finish()
    second.finish()


def test_config_takes_namespaces_and_gives_its_values_back_as_they_were(gate, begin):
    shape = (1, 2)
    run = begin(config=argparse.Namespace(lr=0.1, shape=shape))
    assert (run.config.lr, run.config["shape"], run.config.get("none", 3), len(run.config)) == (0.1, shape, 3, 2)
    run.config.update(argparse.Namespace(lr=0.2))
    assert dict(run.config) == {"lr": 0.2, "shape": shape}
    with pytest.raises(AttributeError, match="'depth'"):
        _ = run.config.depth
    run.config["big"] = "x" * 300_000
    run.finish()
    assert lines(gate, "update") == [dict(kind="update", config={"lr": 0.2})]


def test_name_tags_and_notes_may_be_set_later(gate, begin):
    run = begin(name="a")
    run.name, run.tags, run.notes = "b", [*run.tags, "t"], "n"
    assert (run.name, run.tags, run.notes) == ("b", ("t",), "n")
    run.finish()
    assert lines(gate, "update") == [
        dict(kind="update", name="b"),
        dict(kind="update", tags=["t"]),
        dict(kind="update", notes="n"),
    ]


def test_the_summary_has_the_last_values_under_what_the_script_says(gate, begin):
    run = begin()
    run.log({"loss": 1.0, "acc": 0.1})
    run.log({"loss": 0.5})
    gate.until(lambda gate: len(gate.all_lines("log")) == 2)
    run.summary["acc"] = 0.9
    assert dict(run.summary) == {"loss": 0.5, "acc": 0.9}
    assert run.summary.loss == 0.5
    run.finish()


def test_the_summary_has_a_value_as_soon_as_it_is_logged(begin):
    for run in (begin(), tidemark.init(mode="disabled")):
        for step in range(20):
            run.log({"loss": 1.0 / (step + 1), "val": {"acc": step}})
            assert (run.summary["loss"], run.summary["val/acc"]) == (1.0 / (step + 1), step)
        run.finish()


def test_epochs_go_with_what_is_logged_and_end_at_a_stop(gate, begin):
    gate.stop = {"step": 2, "epoch": 1, "reason": "said by the test"}
    run = begin(stop="best-epoch")
    seen = []
    for epoch in run.epochs(100_000, start=1):
        seen.append(epoch)
        run.log({"x": 1.0})
        gate.until(lambda gate: gate.all_lines("log"))
    run.finish()
    assert seen == list(range(1, len(seen) + 1))
    assert [line["epoch"] for line in gate.all_lines("log")] == seen
    assert gate.all_lines("end")[0]["status"] == "stopped"


def test_a_later_definition_overrides_and_an_exact_name_overrides_a_pattern(gate, begin):
    run = begin()
    run.log({"val/a": 1.0, "val/b": 1.0})
    run.define_metric("val/*", goal="max")
    run.define("val/b", goal="min", role="loss")
    run.log({"val/c": 1.0})
    run.finish()
    found = lines(gate, "define")
    assert sorted((line["series"], line["goal"]) for line in found[:2]) == [("val/a", "max"), ("val/b", "max")]
    assert found[2:] == [
        dict(kind="define", role="loss", goal="min", series="val/b"),
        dict(kind="define", goal="max", series="val/c"),
    ]


def test_gradient_norms_are_taken_before_the_optimizers_step(gate, begin):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    model = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 1))
    other = torch.nn.Linear(1, 1)
    optimizer, others = torch.optim.SGD(model.parameters(), 0.1), torch.optim.SGD(other.parameters(), 0.1)
    run = begin()
    run.watch(model, every=2)
    expected = []
    for step in range(4):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        other(torch.ones(1, 1)).sum().backward()
        norms = [float(parameter.grad.norm()) for parameter in model.parameters()]
        expected.append((sum(norm**2 for norm in norms) ** 0.5, norms[0], (norms[1] ** 2 + norms[2] ** 2) ** 0.5))
        others.step()
        optimizer.step()
        run.log({"loss": 1.0}, step=step)
    run.finish()
    optimizer.step()  # watched no longer
    logged = [line["values"] for line in gate.all_lines("log")]
    assert [sorted(values) for values in logged[1::2]] == [["loss"], ["loss"]]
    for step in (0, 2):
        values = logged[step]
        found = (values["grad_norm"], values["grad_norm/0"], values["grad_norm/1"])
        assert found == pytest.approx(expected[step], rel=1e-5)


def test_a_model_of_many_layers_is_watched_by_its_blocks():
    from tidemark.gradients import LAYERS, layers_of

    names = [f"blocks.{block}.part{part}.weight" for block in range(60) for part in range(4)] + ["head"]
    layers = layers_of(names)
    assert len(set(layers.values())) == 61 <= LAYERS
    assert (layers["blocks.7.part1.weight"], layers["head"]) == ("blocks.7", "head")


def test_importing_takes_no_heavy_modules():
    import subprocess

    heavy = "('torch', 'numpy', 'psutil', 'pynvml', 'websocket', 'subprocess')"
    code = f"import sys, tidemark; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[]", done.stderr
