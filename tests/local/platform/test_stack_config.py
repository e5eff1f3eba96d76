from pathlib import Path

from local.platform.engine import summary
from local.platform.stack_config import _recipient, merge, read_committed, served_model

OWN = {"mlops:cluster": {"kubeconfig": "/k", "nodeAddress": "10.213.0.2"}}


def test_the_committed_value_wins_over_this_machine_s() -> None:
    merged = merge({"config": {"mlops:cluster": {"kubeconfig": "/mine"}}}, {}, OWN)
    assert merged["config"]["mlops:cluster"] == {"kubeconfig": "/mine", "nodeAddress": "10.213.0.2"}


def test_secrets_and_salt_of_an_earlier_run_are_kept() -> None:
    kept = {"encryptionsalt": "s", "config": {"mlops:secrets": {"secure": "x"}, "mlops:gone": 1}}
    merged = merge({"config": {"mlops:database": {"storage": "1Gi"}}}, kept, OWN)
    assert merged["encryptionsalt"] == "s"
    assert merged["config"]["mlops:secrets"] == {"secure": "x"}
    assert "mlops:gone" not in merged["config"]


def test_the_committed_stack_file_holds_no_secret() -> None:
    committed = read_committed()
    assert "mlops:secrets" not in committed["config"]
    assert "encryptionsalt" not in committed


def test_the_model_is_the_one_that_the_stack_serves() -> None:
    assert served_model({"config": {}}) == ("churn-classifier", "champion")
    assert served_model({"config": {"mlops:serving": {"modelName": "m", "modelAlias": "live"}}}) == ("m", "live")


def test_the_engine_s_own_count_is_read_from_its_last_lines() -> None:
    lines = ["Updating (local):", "", "Resources:", "    + 3 created", "    92 unchanged", "", "Duration: 3s"]
    assert summary(lines) == "+ 3 created, 92 unchanged"
    assert summary(["nothing"]) == ""


def test_the_key_of_backups_is_made_once_and_only_its_public_half_is_told(tmp_path: Path) -> None:
    key = tmp_path / "backup.key"
    told = _recipient(key)
    assert told.startswith("age1")
    assert "AGE-SECRET-KEY" not in told
    assert _recipient(key) == told
    assert key.stat().st_mode & 0o777 == 0o600
