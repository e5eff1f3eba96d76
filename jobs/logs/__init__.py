"""What the platform's containers have written, as long as the node has it."""
