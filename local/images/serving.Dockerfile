# The model server alone: no pandas, scikit-learn or MLflow; ONNX Runtime for forests too large for our own code.
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS build
# Path of a pip configuration (mirror, certificates) mounted while building; without it pip's defaults hold.
ARG PIP_CONFIG_FILE
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/venv
COPY requirements/serving.txt /build/requirements.txt
# The root is read-only at run time, so everything is compiled here; hashes because layers do not keep exact times.
RUN /build/bin/pip --python /opt/venv/bin/python install --no-compile --only-binary :all: --require-hashes \
      -r /build/requirements.txt \
 && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group
# SageMaker runs the image with the one argument `serve`.
RUN printf '#!/bin/sh\nexec python -m jobs.serving\n' > /opt/venv/bin/serve && chmod 755 /opt/venv/bin/serve
COPY jobs/__init__.py jobs/errors.py jobs/settings.py jobs/store.py /app/jobs/
COPY jobs/bundle/ /app/jobs/bundle/
COPY jobs/features/ /app/jobs/features/
COPY jobs/registry/__init__.py jobs/registry/champion.py /app/jobs/registry/
COPY jobs/serving/ /app/jobs/serving/
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE_IMAGE}
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONPATH=/app
WORKDIR /app
USER 65532:65532
EXPOSE 8080
CMD ["python", "-m", "jobs.serving"]
