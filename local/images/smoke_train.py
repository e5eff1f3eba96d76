"""Runs inside the image `jobs`: trains on a part of the shipped data and leaves the bundle in /mnt.

What it writes must load where other versions of the libraries are: in the images that serve.
"""

from pathlib import Path
from shutil import copytree

from jobs.config import load
from jobs.datasets.validate import validate
from jobs.training.config import Experiment
from jobs.training.experiment import train

CONFIG = Path("/app/configs/churn-experiment.yaml")
ROWS = 1500

if __name__ == "__main__":
    experiment = load(Experiment, CONFIG)
    table = validate(experiment.data.read().head(ROWS), experiment.table, "a part of the shipped data")
    trained = train(experiment, table, Path("/tmp"), print)[0]
    copytree(trained.folder, "/mnt/artifacts/bundle", copy_function=lambda source, target: Path(target).write_bytes(
        Path(source).read_bytes()))  # fmt: skip
    Path("/mnt/digest").write_text(trained.digest)
