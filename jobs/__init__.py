"""Job code of the platform and its `mlops` command; never imports `infra`."""
