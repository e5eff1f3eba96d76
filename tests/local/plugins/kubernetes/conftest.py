import pytest, os


@pytest.fixture(scope="session")
def kubeconfig():
    return os.environ["TRIAL_KUBECONFIG"]
