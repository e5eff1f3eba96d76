"""Which colour gets how much traffic: names and first values of what the rollout owns afterwards. Pure."""

from collections.abc import Mapping

from infra.foundation.apps import BLUE, COLOURS

# The colour that a new platform serves with.
STABLE = BLUE
# Name of the ConfigMap, in the namespace of the model servers.
TRAFFIC = "traffic"
# Its keys are keys of Envoy's runtime: percent of the requests, and percent that are copied.
SPLIT, MIRROR = "routing.split", "routing.mirror"


def first() -> Mapping[str, str]:
    """Everything to one colour, nothing copied."""
    split = {f"{SPLIT}.{colour}": "100" if colour == STABLE else "0" for colour in COLOURS}
    return split | {f"{MIRROR}.{colour}": "0" for colour in COLOURS}
