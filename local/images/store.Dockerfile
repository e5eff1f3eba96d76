# S3 store, and what tells it of a renewed certificate: static programs, built by local/toolchain (the build context).
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS base
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group

FROM scratch
COPY --from=base /etc/passwd /etc/group /etc/
COPY --from=base /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY versitygw reloader /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/versitygw"]
