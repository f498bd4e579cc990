"""`tidemark watch` of folders that the real tools write into while it looks: every point there, in order, once."""

import csv
import math
import os
import subprocess
import threading

import pytest
from real import BINARY, Server, why_not

pytestmark = [pytest.mark.server, pytest.mark.skipif(why_not() is not None, reason=why_not() or "")]

WITHIN = 300
"""Seconds after which a test gives up; none counts on anything to be quick."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def watched(server, tmp_path):
    """A folder that is watched, and how to ask for the run that is found in it."""
    folder = tmp_path / f"watched-{tmp_path.name}"
    folder.mkdir()
    process = subprocess.Popen(
        ["node", str(BINARY), "watch", str(folder), "--server", server.url],
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    reading = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
    reading.start()

    def run():
        runs = [each for each in server.get("/api/runs")["runs"] if each["project"] == folder.name]
        assert len(runs) <= 1, f"one folder, one run: {runs}"
        assert process.poll() is None, "".join(said)
        return runs[0] if runs else None

    yield folder, run
    process.terminate()
    process.wait(300)
    reading.join(300)


def seen(server, run, series):
    """The points of a series so far, in the order in which they came; of a run with one attempt."""
    state = run()
    attempts = server.points(state["run"], series) if state else []
    assert len(attempts) <= 1, f"no step went back, and there is more than one attempt: {attempts}"
    return attempts[0] if attempts else []


def test_a_summary_writers_scalars(server, watched):
    tensorboard = pytest.importorskip("torch.utils.tensorboard", reason="torch or tensorboard is not installed")
    folder, run = watched
    written = {"train/loss": [], "val/loss": [], "lr": []}
    step = 0
    for part in range(6):
        # Two writers of one folder, one after the other, as a script that begins again makes them.
        if part in (0, 4):
            writer = tensorboard.SummaryWriter(folder / "mlp", flush_secs=3600)
        for _ in range(50):
            step += 1
            values = {"train/loss": 1 / step, "lr": 0.1 * 0.99**step}
            if step % 10 == 0:
                values["val/loss"] = math.sin(step)
            for name, value in values.items():
                writer.add_scalar(name, value, step)
                written[name].append(step)
        writer.flush()
        if part == 3:
            writer.close()
        server.until(lambda step=step: len(seen(server, run, "train/loss")) >= step, WITHIN)
    writer.close()
    for name, steps in written.items():
        server.until(lambda name=name, steps=steps: len(seen(server, run, name)) >= len(steps), WITHIN)
        assert [at for at, _ in seen(server, run, name)] == steps
    assert [value for _, value in seen(server, run, "val/loss")] == pytest.approx(
        [math.sin(step) for step in written["val/loss"]], rel=1e-6
    )
    assert run()["missing"] == 0


def test_lightnings_csv_which_rewrites_itself(server, watched):
    lightning = pytest.importorskip("lightning.pytorch", reason="lightning is not installed")
    torch = pytest.importorskip("torch")
    from lightning.pytorch.loggers import CSVLogger

    torch.set_num_threads(1)
    folder, run = watched

    class Line(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def _loss(self, batch):
            return ((self.layer(batch[0]) - batch[0].sum(1, keepdim=True)) ** 2).mean()

        def training_step(self, batch, _):
            loss = self._loss(batch)
            self.log("train_loss", loss)
            if self.current_epoch >= 2:  # a metric that appears late: the file is written anew
                self.log("late", 2 * loss)
            return loss

        def validation_step(self, batch, _):
            self.log("val_loss", self._loss(batch))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.01)

    live = []

    class Waits(lightning.Callback):
        """Goes on when the server has points of each epoch, so that the file is watched while it is written."""

        def on_train_epoch_end(self, trainer, _):
            trainer.logger.save()
            before = live[-1] if live else 0
            live.append(
                server.until(
                    lambda: (count := len(seen(server, run, "train_loss"))) > before and count,
                    WITHIN,
                )
            )

    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(80, 4))
    trainer = lightning.Trainer(
        max_epochs=5,
        logger=CSVLogger(folder, name="line", flush_logs_every_n_steps=2),
        log_every_n_steps=1,
        callbacks=[Waits()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    loaders = [torch.utils.data.DataLoader(data, batch_size=8) for _ in range(2)]
    trainer.fit(Line(), *loaders)
    assert live == sorted(set(live)), "points came after every epoch"
    with (folder / "line/version_0/metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name, count in (("train_loss", 50), ("late", 30), ("val_loss", 5)):
        written = [(int(row["step"]), float(row[name])) for row in rows if row[name]]
        assert len(written) == count
        server.until(lambda name=name, count=count: len(seen(server, run, name)) >= count, WITHIN)
        assert seen(server, run, name) == written
    assert run()["missing"] == 0
