"""What a reviewer sees of a change: the engine's preview as Markdown. Without Pulumi: JSON in, text out."""
