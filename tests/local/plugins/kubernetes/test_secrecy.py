import base64

from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.secrecy import decoded, encoded, secret_paths

SECRET, DEPLOYMENT = Kind("v1", "Secret"), Kind("apps/v1", "Deployment")


def test_the_data_of_a_secret_is_always_secret() -> None:
    assert secret_paths(SECRET, {}, [], {"data": {"k": "dg=="}, "metadata": {}}) == {("data",)}


def test_a_secret_input_stays_secret_in_the_output() -> None:
    env = {"spec": {"env": [{"name": "A", "value": "x"}]}}
    place = ("spec", "env", 0, "value")
    assert secret_paths(DEPLOYMENT, env, [place], env) == {place}


def test_a_secret_text_is_found_wherever_the_server_repeats_it() -> None:
    inputs = {"value": "correct horse"}
    outputs = {"status": {"seen": ["other", "correct horse"]}}
    assert secret_paths(DEPLOYMENT, inputs, [("value",)], outputs) == {("status", "seen", 1)}


def test_text_data_is_applied_as_the_data_it_becomes() -> None:
    applied = encoded({"data": {"a": "eA=="}, "stringData": {"b": "é"}})
    assert applied == {"data": {"a": "eA==", "b": base64.b64encode("é".encode()).decode()}}
    assert decoded(applied)["stringData"] == {"a": "x", "b": "é"}
