"""Pulumi resource plugin for Kubernetes, for machines that cannot download the official one.

Serves the tokens of the official `pulumi-kubernetes` SDK with the same ids, names, replacement rules and output shape,
so that the official plugin can take its place without a change to the program. Not served: Helm, Kustomize, YAML files,
`…Patch` and `…List` resources, client-side apply, rendering to a folder.
"""
