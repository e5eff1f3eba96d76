# Debian's PostgreSQL 17 without a cluster: data, settings and certificates are mounted.
ARG BASE_IMAGE=debian:13-slim
FROM ${BASE_IMAGE}
# The packages make a cluster and a private key at installation; neither may be part of an image.
RUN mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-17 \
 && rm -rf /var/lib/apt/lists/* /etc/ssl/private/* /etc/ssl/certs/ssl-cert-snakeoil.pem \
 && echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group
ENV LANG=C.UTF-8 PATH=/usr/lib/postgresql/17/bin:${PATH}
USER 65532:65532
CMD ["postgres", "--version"]
