-- Databases and their roles; may run any number of times. Passwords come from mounted files, never from argv.
\set ON_ERROR_STOP on
\set tracking_password `cat /etc/postgres/secrets/tracking-password`
\set auth_password `cat /etc/postgres/secrets/auth-password`
-- A slow ALTER ROLE must not put a password into the server's log.
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;

SELECT 'CREATE ROLE mlflow' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlflow') \gexec
SELECT 'CREATE ROLE mlflow_auth' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlflow_auth') \gexec
ALTER ROLE mlflow WITH LOGIN PASSWORD :'tracking_password';
ALTER ROLE mlflow_auth WITH LOGIN PASSWORD :'auth_password';

SELECT 'CREATE DATABASE mlflow OWNER mlflow' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mlflow') \gexec
SELECT 'CREATE DATABASE mlflow_auth OWNER mlflow_auth'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mlflow_auth') \gexec
REVOKE ALL ON DATABASE mlflow, mlflow_auth, postgres, template1 FROM PUBLIC;
