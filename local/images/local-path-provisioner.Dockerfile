# Volumes on the node's disk; its helper pods run sh, so it is not from scratch. Context: local/toolchain's programs.
ARG BASE_IMAGE=debian:13-slim
FROM ${BASE_IMAGE}
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group
COPY local-path-provisioner /usr/local/bin/local-path-provisioner
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/local-path-provisioner"]
