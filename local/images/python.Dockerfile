# Debian's Python, for machines that cannot pull python:3.13-slim: it holds no more than that image does.
ARG BASE_IMAGE=debian:13-slim
FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv tzdata \
 && rm -rf /var/lib/apt/lists/*
CMD ["python3"]
