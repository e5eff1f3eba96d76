"""How much the gateway's container may hold, and how many clients that is. Pure."""

from infra.foundation.quantities import in_bytes
from infra.settings.gateway import GatewaySettings

# Of a body and an answer, each way: no more is read before this has gone on.
BUFFER_BYTES = 2**15
# What one client costs whose server takes nothing: 111 KB, with a copy for the other colour 170 KB.
CLIENT_BYTES = 6 * BUFFER_BYTES


def heap(settings: GatewaySettings) -> int:
    """Bytes: most of what a container is charged for, but not all."""
    return in_bytes(settings.resources.memory_limit) * 3 // 4


def clients(settings: GatewaySettings) -> int:
    """So many connections, and as many requests at a colour; a quarter of the heap is Envoy's own."""
    return heap(settings) * 3 // 4 // CLIENT_BYTES
