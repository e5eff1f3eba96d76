"""Small questions to a running platform; `mlops health`, `validate` and `deploy preflight|postflight` select them."""
