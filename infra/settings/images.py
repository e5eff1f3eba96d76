"""Every container image of the stack; a digest or a tag made of one, never a moving tag."""

from infra.settings.base import Image, SettingsModel


class PlatformImages(SettingsModel):
    """What runs in the cluster on every site; names without a registry where images are preloaded."""

    tracking: Image
    jobs: Image
    serving: Image
    gateway: Image
    prometheus: Image
    alertmanager: Image
    kube_state_metrics: Image
    pushgateway: Image


class MachineImages(PlatformImages):
    """A stack with its own database and store."""

    postgres: Image
    store: Image


class AwsImages(PlatformImages):
    """A stack with functions."""

    predict: Image
