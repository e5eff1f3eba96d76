"""How instances and groups are tagged."""

from local.plugins.aws.tagging import Tagging

TAGGING = Tagging(
    "add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource", "ResourceName", found="TagList"
)
