"""Envoy's configuration for the gateway. Pure: settings in, documents out."""
