"""Every container image of the stack; a digest or a tag made of one, never a moving tag."""

from infra.settings.base import Image, SettingsModel


class ImagesSettings(SettingsModel):
    """Image names, without a registry where images are preloaded."""

    postgres: Image
    store: Image
    tracking: Image
    jobs: Image
    serving: Image
    prometheus: Image
    alertmanager: Image
    kube_state_metrics: Image
