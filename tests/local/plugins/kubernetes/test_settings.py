import pytest

from local.plugins.errors import InvalidSetting
from local.plugins.kubernetes.settings import parse_settings
from local.plugins.values import UNKNOWN


def test_settings_come_as_the_sdk_sends_them() -> None:
    settings = parse_settings({"kubeconfig": "/x", "namespace": "team", "enableConfigMapMutable": "true"})
    assert (settings.kubeconfig, settings.namespace, settings.mutable) == ("/x", "team", frozenset({"ConfigMap"}))


def test_a_kubeconfig_that_is_still_computed_is_not_mistaken_for_none() -> None:
    assert not parse_settings({"kubeconfig": UNKNOWN}).known


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"kubconfig": "/x"}, "kubconfig"),
        ({"enableServerSideApply": "false"}, "enableServerSideApply"),
        ({"renderYamlToDirectory": "/out"}, "renderYamlToDirectory"),
        ({"deleteUnreachable": "perhaps"}, "deleteUnreachable"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused_by_name(given: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        parse_settings(given)
    assert refused.value.name == name
