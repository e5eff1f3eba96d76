# All job code and the mlops command; pg_dump of the server's version for backups.
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS build
# Path of a pip configuration (mirror, certificates) mounted while building; without it pip's defaults hold.
ARG PIP_CONFIG_FILE
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/venv
COPY requirements/jobs.txt /build/requirements.txt
# The root is read-only at run time, so everything is compiled here; hashes because layers do not keep exact times.
RUN /build/bin/pip --python /opt/venv/bin/python install --no-compile --only-binary :all: --require-hashes \
      -r /build/requirements.txt \
 && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group
RUN printf '#!/opt/venv/bin/python\nfrom jobs.cli import main\n\nmain()\n' > /opt/venv/bin/mlops && chmod 755 /opt/venv/bin/mlops
COPY jobs/ /app/jobs/
COPY configs/ /app/configs/
COPY pyproject.toml /app/pyproject.toml
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONPATH=/app GIT_PYTHON_REFRESH=quiet
WORKDIR /app
USER 65532:65532
CMD ["mlops", "--help"]
