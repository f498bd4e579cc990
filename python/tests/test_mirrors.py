"""What other tools' scripts log comes to Tidemark, and to the tool as before; with the real tools."""

import pytest
from gate import websocket_server

import tidemark
from tidemark.mirrors.patch import around


@pytest.fixture
def served(gate, monkeypatch):
    while tidemark.exits.newest():  # left open by a test that failed
        tidemark.finish(timeout=0)
    with websocket_server(gate) as url:
        monkeypatch.setenv("TIDEMARK_URL", url)
        yield gate


def values(gate):
    return [(line["step"], line["values"]) for line in gate.all_lines("log")]


def test_wandb(served, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="wandb is not installed")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.setenv("WANDB__SERVICE_WAIT", "300")  # for its own process to begin
    tidemark.mirror("wandb", tags=["mirrored"])
    tidemark.mirror("wandb", tags=["mirrored"])
    settings = wandb.Settings(silent=True, x_disable_stats=True, init_timeout=300)
    run = wandb.init(project="p", name="n", config={"lr": 0.1}, mode="offline", dir=tmp_path, settings=settings)
    run.define_metric("val/*", summary="max")
    wandb.config.update({"depth": 2})
    wandb.log({"loss": 1.0, "nested": {"x": 2}})
    wandb.log({"val/acc": 0.5, "picture": "none"}, step=5)
    run.log({"loss": 0.5}, step=6)
    run.alert("title", "text")
    run.finish()
    hello = served.hellos[0]
    assert {key: hello[key] for key in ("project", "name", "config", "tags", "run")} == dict(
        project="p", name="n", config={"lr": 0.1}, tags=["mirrored"], run=run.id
    )
    assert values(served) == [(0, {"loss": 1.0, "nested/x": 2}), (5, {"val/acc": 0.5}), (6, {"loss": 0.5})]
    assert served.all_lines("update")[0]["config"] == {"depth": 2}
    assert {"val/acc.max": 0.5} in [line.get("summary") for line in served.all_lines("update")]
    assert served.all_lines("alert")[0]["title"] == "title"
    assert served.all_lines("end")[0]["status"] == "finished"
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))


def test_tensorboard(served, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from torch.utils.tensorboard import SummaryWriter

    tidemark.mirror("tensorboard")
    tidemark.mirror("tensorboard")
    train, val = SummaryWriter(str(tmp_path / "a/train")), SummaryWriter(str(tmp_path / "a/val"))
    other = SummaryWriter(str(tmp_path / "b"))
    train.add_scalar("loss", 1.0, 3)
    val.add_scalar("loss", 2.0, 3)
    other.add_scalar("loss", float("nan"), global_step=0)
    other.add_scalars("acc", {"x": 0.1, "y": 0.2}, 1)
    train.add_hparams({"lr": 0.1}, {"best": 0.5}, run_name=".")
    for writer in (train, val, other):
        writer.close()
    by_name = {hello["name"]: served.lines[hello["writer"]] for hello in served.hellos}
    a = list(by_name["a"].values())
    b = list(by_name["b"].values())
    assert [(line["step"], line["values"]) for line in a if line["kind"] == "log"][:2] == [
        (3, {"train/loss": 1.0}),
        (3, {"val/loss": 2.0}),
    ]
    assert [line["config"] for line in a if line["kind"] == "update" and "config" in line] == [{"lr": 0.1}]
    assert [(line["step"], line["values"]) for line in b if line["kind"] == "log"] == [
        (0, {"loss": "NaN"}),
        (1, {"acc/x": pytest.approx(0.1), "acc/y": pytest.approx(0.2)}),
    ]
    assert [line["kind"] for line in (a[-1], b[-1])] == ["end", "end"]
    assert list((tmp_path / "a/train").glob("events.*"))


def test_what_fails_on_our_side_does_not_reach_the_other_tools_script(warnings):
    class Theirs:
        def log(self, value):
            return value

    def fails(theirs, value):
        raise RuntimeError("no")

    around(Theirs, "log", fails)
    around(Theirs, "log", fails)
    assert Theirs().log(3) == 3
    assert len(warnings.about("RuntimeError('no')")) == 1


def test_there_are_two_mirrors():
    with pytest.raises(ValueError, match="mirror: must be one of wandb, tensorboard, got 'excel'"):
        tidemark.mirror("excel")
