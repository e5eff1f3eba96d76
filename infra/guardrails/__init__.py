"""What no stack may contain, checked on every preview and update."""
