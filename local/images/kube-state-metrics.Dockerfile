# Metrics of Kubernetes objects: one static program, built by local/toolchain (the build context).
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS base
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group

FROM scratch
COPY --from=base /etc/passwd /etc/group /etc/
# It panics on a CronJob with a time zone that it cannot look up.
COPY --from=base /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=base /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY kube-state-metrics /usr/local/bin/kube-state-metrics
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/kube-state-metrics"]
