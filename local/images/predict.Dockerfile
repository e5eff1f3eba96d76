# The function that predicts, for AWS Lambda: AWS' runtime client, and code of ours that needs no library. A deployment
# adds the model as one more layer (`mlops deploy lambda`).
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS build
# Path of a pip configuration (mirror, certificates) mounted while building; without it pip's defaults hold.
ARG PIP_CONFIG_FILE
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/venv
COPY requirements/predict.txt /build/requirements.txt
# The root is read-only at run time, so everything is compiled here; hashes because layers do not keep exact times.
RUN /build/bin/pip --python /opt/venv/bin/python install --no-compile --only-binary :all: --require-hashes \
      -r /build/requirements.txt \
 && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
RUN echo 'nonroot:x:65532:65532:nonroot:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'nonroot:x:65532:' >> /etc/group
COPY jobs/__init__.py jobs/errors.py /app/jobs/
COPY jobs/bundle/__init__.py jobs/bundle/calculation.py jobs/bundle/digest.py jobs/bundle/files.py \
     jobs/bundle/forest.py jobs/bundle/graph.py jobs/bundle/leaf_masks.py jobs/bundle/manifest.py \
     jobs/bundle/prediction.py jobs/bundle/row_scorer.py jobs/bundle/wire.py /app/jobs/bundle/
COPY jobs/features/__init__.py jobs/features/row.py jobs/features/spec.py /app/jobs/features/
COPY jobs/registry/__init__.py jobs/registry/champion.py /app/jobs/registry/
COPY jobs/serving/__init__.py jobs/serving/answer.py jobs/serving/body.py jobs/serving/csv_body.py \
     jobs/serving/function_figures.py jobs/serving/logs.py jobs/serving/model.py jobs/serving/served.py \
     /app/jobs/serving/
COPY functions/__init__.py /app/functions/
COPY functions/predict/ /app/functions/predict/
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE_IMAGE}
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONPATH=/app
WORKDIR /app
# Lambda runs it as a user of its own, who has no rights either.
USER 65532:65532
ENTRYPOINT ["python", "-m", "awslambdaric"]
CMD ["functions.predict.handler.handle"]
