SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.datasets (
    dataset_uuid character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    name character varying(500) NOT NULL,
    digest character varying(36) NOT NULL,
    dataset_source_type character varying(36) NOT NULL,
    dataset_source text NOT NULL,
    dataset_schema text,
    dataset_profile text
);
CREATE TABLE public.experiment_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    experiment_id integer NOT NULL
);
CREATE TABLE public.experiments (
    experiment_id integer NOT NULL,
    name character varying(256) NOT NULL,
    artifact_location character varying(256),
    lifecycle_stage character varying(32),
    creation_time bigint,
    last_update_time bigint,
    CONSTRAINT experiments_lifecycle_stage CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[])))
);
CREATE SEQUENCE public.experiments_experiment_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.experiments_experiment_id_seq OWNED BY public.experiments.experiment_id;
CREATE TABLE public.input_tags (
    input_uuid character varying(36) NOT NULL,
    name character varying(255) NOT NULL,
    value character varying(500) NOT NULL
);
CREATE TABLE public.inputs (
    input_uuid character varying(36) NOT NULL,
    source_type character varying(36) NOT NULL,
    source_id character varying(36) NOT NULL,
    destination_type character varying(36) NOT NULL,
    destination_id character varying(36) NOT NULL,
    step bigint DEFAULT '0'::bigint NOT NULL
);
CREATE TABLE public.latest_metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint,
    step bigint NOT NULL,
    is_nan boolean NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE public.logged_model_metrics (
    model_id character varying(36) NOT NULL,
    metric_name character varying(500) NOT NULL,
    metric_timestamp_ms bigint NOT NULL,
    metric_step bigint NOT NULL,
    metric_value double precision,
    experiment_id integer NOT NULL,
    run_id character varying(32) NOT NULL,
    dataset_uuid character varying(36),
    dataset_name character varying(500),
    dataset_digest character varying(36)
);
CREATE TABLE public.logged_model_params (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    param_key character varying(255) NOT NULL,
    param_value text NOT NULL
);
CREATE TABLE public.logged_model_tags (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    tag_key character varying(255) NOT NULL,
    tag_value text NOT NULL
);
CREATE TABLE public.logged_models (
    model_id character varying(36) NOT NULL,
    experiment_id integer NOT NULL,
    name character varying(500) NOT NULL,
    artifact_location character varying(1000) NOT NULL,
    creation_timestamp_ms bigint NOT NULL,
    last_updated_timestamp_ms bigint NOT NULL,
    status integer NOT NULL,
    lifecycle_stage character varying(32),
    model_type character varying(500),
    source_run_id character varying(32),
    status_message character varying(1000),
    CONSTRAINT logged_models_lifecycle_stage_check CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[])))
);
CREATE TABLE public.metrics (
    key character varying(250) NOT NULL,
    value double precision NOT NULL,
    "timestamp" bigint NOT NULL,
    run_uuid character varying(32) NOT NULL,
    step bigint DEFAULT '0'::bigint NOT NULL,
    is_nan boolean DEFAULT false NOT NULL
);
CREATE TABLE public.model_version_tags (
    key character varying(250) NOT NULL,
    value text,
    name character varying(256) NOT NULL,
    version integer NOT NULL
);
CREATE TABLE public.model_versions (
    name character varying(256) NOT NULL,
    version integer NOT NULL,
    creation_time bigint,
    last_updated_time bigint,
    description character varying(5000),
    user_id character varying(256),
    current_stage character varying(20),
    source character varying(500),
    run_id character varying(32),
    status character varying(20),
    status_message character varying(500),
    run_link character varying(500),
    storage_location character varying(500)
);
CREATE TABLE public.params (
    key character varying(250) NOT NULL,
    value character varying(8000) NOT NULL,
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE public.registered_model_aliases (
    alias character varying(256) NOT NULL,
    version integer NOT NULL,
    name character varying(256) NOT NULL
);
CREATE TABLE public.registered_model_tags (
    key character varying(250) NOT NULL,
    value character varying(5000),
    name character varying(256) NOT NULL
);
CREATE TABLE public.registered_models (
    name character varying(256) NOT NULL,
    creation_time bigint,
    last_updated_time bigint,
    description character varying(5000)
);
CREATE TABLE public.runs (
    run_uuid character varying(32) NOT NULL,
    name character varying(250),
    source_type character varying(20),
    source_name character varying(500),
    entry_point_name character varying(50),
    user_id character varying(256),
    status character varying(9),
    start_time bigint,
    end_time bigint,
    source_version character varying(50),
    lifecycle_stage character varying(20),
    artifact_uri character varying(200),
    experiment_id integer,
    deleted_time bigint,
    CONSTRAINT runs_lifecycle_stage CHECK (((lifecycle_stage)::text = ANY ((ARRAY['active'::character varying, 'deleted'::character varying])::text[]))),
    CONSTRAINT runs_status_check CHECK (((status)::text = ANY ((ARRAY['SCHEDULED'::character varying, 'FAILED'::character varying, 'FINISHED'::character varying, 'RUNNING'::character varying, 'KILLED'::character varying])::text[]))),
    CONSTRAINT source_type CHECK (((source_type)::text = ANY ((ARRAY['NOTEBOOK'::character varying, 'JOB'::character varying, 'LOCAL'::character varying, 'UNKNOWN'::character varying, 'PROJECT'::character varying])::text[])))
);
CREATE TABLE public.tags (
    key character varying(250) NOT NULL,
    value character varying(8000),
    run_uuid character varying(32) NOT NULL
);
CREATE TABLE public.trace_info (
    request_id character varying(50) NOT NULL,
    experiment_id integer NOT NULL,
    timestamp_ms bigint NOT NULL,
    execution_time_ms bigint,
    status character varying(50) NOT NULL
);
CREATE TABLE public.trace_request_metadata (
    key character varying(250) NOT NULL,
    value character varying(8000),
    request_id character varying(50) NOT NULL
);
CREATE TABLE public.trace_tags (
    key character varying(250) NOT NULL,
    value character varying(8000),
    request_id character varying(50) NOT NULL
);
ALTER TABLE ONLY public.experiments ALTER COLUMN experiment_id SET DEFAULT nextval('public.experiments_experiment_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('bda7b8c39065');
INSERT INTO public.experiment_tags VALUES ('team', 'ml', 1);
INSERT INTO public.experiments VALUES (0, 'Default', '/mlruns/0', 'active', 1795966711715, 1795966711715);
INSERT INTO public.experiments VALUES (1, 'churn', 's3://mlflow-artifacts/1', 'active', 1795966711731, 1795966711731);
INSERT INTO public.latest_metrics VALUES ('auc', 0.5714285714285714, 1700000000004, 4, false, 'cc51b587cf3743e4bc6383c35566e904');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, 'cc51b587cf3743e4bc6383c35566e904');
INSERT INTO public.latest_metrics VALUES ('auc', 1.5714285714285714, 1700000000004, 4, false, 'f45c621779134949b6341061610a85b7');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, 'f45c621779134949b6341061610a85b7');
INSERT INTO public.latest_metrics VALUES ('auc', 2.571428571428571, 1700000000004, 4, false, 'd1c5400cfd7c499c982615258174055b');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, 'd1c5400cfd7c499c982615258174055b');
INSERT INTO public.latest_metrics VALUES ('auc', 3.571428571428571, 1700000000004, 4, false, '66e5be0d05774659818f3f755cd67998');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '66e5be0d05774659818f3f755cd67998');
INSERT INTO public.latest_metrics VALUES ('auc', 4.571428571428571, 1700000000004, 4, false, '2298af14629d48f6924416596f30a77a');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '2298af14629d48f6924416596f30a77a');
INSERT INTO public.latest_metrics VALUES ('auc', 5.571428571428571, 1700000000004, 4, false, 'c5197ec79e0945b8ab82187f09a9cab4');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, 'c5197ec79e0945b8ab82187f09a9cab4');
INSERT INTO public.latest_metrics VALUES ('auc', 6.571428571428571, 1700000000004, 4, false, '4c06446f1b9c43f49770da8238ff3bac');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '4c06446f1b9c43f49770da8238ff3bac');
INSERT INTO public.latest_metrics VALUES ('auc', 7.571428571428571, 1700000000004, 4, false, '610b0ab357b04a93953846e50379a467');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '610b0ab357b04a93953846e50379a467');
INSERT INTO public.latest_metrics VALUES ('auc', 8.571428571428571, 1700000000004, 4, false, 'cb7e41a0625749fc829f93e9a13a138b');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, 'cb7e41a0625749fc829f93e9a13a138b');
INSERT INTO public.latest_metrics VALUES ('auc', 9.571428571428571, 1700000000004, 4, false, '24f6943732564c1da4ea1f743870b75a');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '24f6943732564c1da4ea1f743870b75a');
INSERT INTO public.latest_metrics VALUES ('auc', 10.571428571428571, 1700000000004, 4, false, '8afe4c9937c149c3b4fc408fcd58bba3');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '8afe4c9937c149c3b4fc408fcd58bba3');
INSERT INTO public.latest_metrics VALUES ('auc', 11.571428571428571, 1700000000004, 4, false, '26ca63af9fe34eb6922463727ca2b2b0');
INSERT INTO public.latest_metrics VALUES ('lost', 0, 1700000000000, 0, true, '26ca63af9fe34eb6922463727ca2b2b0');
INSERT INTO public.metrics VALUES ('auc', 0, 1700000000000, 'cc51b587cf3743e4bc6383c35566e904', 0, false);
INSERT INTO public.metrics VALUES ('auc', 0.14285714285714285, 1700000000001, 'cc51b587cf3743e4bc6383c35566e904', 1, false);
INSERT INTO public.metrics VALUES ('auc', 0.2857142857142857, 1700000000002, 'cc51b587cf3743e4bc6383c35566e904', 2, false);
INSERT INTO public.metrics VALUES ('auc', 0.42857142857142855, 1700000000003, 'cc51b587cf3743e4bc6383c35566e904', 3, false);
INSERT INTO public.metrics VALUES ('auc', 0.5714285714285714, 1700000000004, 'cc51b587cf3743e4bc6383c35566e904', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, 'cc51b587cf3743e4bc6383c35566e904', 0, true);
INSERT INTO public.metrics VALUES ('auc', 1, 1700000000000, 'f45c621779134949b6341061610a85b7', 0, false);
INSERT INTO public.metrics VALUES ('auc', 1.1428571428571428, 1700000000001, 'f45c621779134949b6341061610a85b7', 1, false);
INSERT INTO public.metrics VALUES ('auc', 1.2857142857142856, 1700000000002, 'f45c621779134949b6341061610a85b7', 2, false);
INSERT INTO public.metrics VALUES ('auc', 1.4285714285714286, 1700000000003, 'f45c621779134949b6341061610a85b7', 3, false);
INSERT INTO public.metrics VALUES ('auc', 1.5714285714285714, 1700000000004, 'f45c621779134949b6341061610a85b7', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, 'f45c621779134949b6341061610a85b7', 0, true);
INSERT INTO public.metrics VALUES ('auc', 2, 1700000000000, 'd1c5400cfd7c499c982615258174055b', 0, false);
INSERT INTO public.metrics VALUES ('auc', 2.142857142857143, 1700000000001, 'd1c5400cfd7c499c982615258174055b', 1, false);
INSERT INTO public.metrics VALUES ('auc', 2.2857142857142856, 1700000000002, 'd1c5400cfd7c499c982615258174055b', 2, false);
INSERT INTO public.metrics VALUES ('auc', 2.4285714285714284, 1700000000003, 'd1c5400cfd7c499c982615258174055b', 3, false);
INSERT INTO public.metrics VALUES ('auc', 2.571428571428571, 1700000000004, 'd1c5400cfd7c499c982615258174055b', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, 'd1c5400cfd7c499c982615258174055b', 0, true);
INSERT INTO public.metrics VALUES ('auc', 3, 1700000000000, '66e5be0d05774659818f3f755cd67998', 0, false);
INSERT INTO public.metrics VALUES ('auc', 3.142857142857143, 1700000000001, '66e5be0d05774659818f3f755cd67998', 1, false);
INSERT INTO public.metrics VALUES ('auc', 3.2857142857142856, 1700000000002, '66e5be0d05774659818f3f755cd67998', 2, false);
INSERT INTO public.metrics VALUES ('auc', 3.4285714285714284, 1700000000003, '66e5be0d05774659818f3f755cd67998', 3, false);
INSERT INTO public.metrics VALUES ('auc', 3.571428571428571, 1700000000004, '66e5be0d05774659818f3f755cd67998', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '66e5be0d05774659818f3f755cd67998', 0, true);
INSERT INTO public.metrics VALUES ('auc', 4, 1700000000000, '2298af14629d48f6924416596f30a77a', 0, false);
INSERT INTO public.metrics VALUES ('auc', 4.142857142857143, 1700000000001, '2298af14629d48f6924416596f30a77a', 1, false);
INSERT INTO public.metrics VALUES ('auc', 4.285714285714286, 1700000000002, '2298af14629d48f6924416596f30a77a', 2, false);
INSERT INTO public.metrics VALUES ('auc', 4.428571428571429, 1700000000003, '2298af14629d48f6924416596f30a77a', 3, false);
INSERT INTO public.metrics VALUES ('auc', 4.571428571428571, 1700000000004, '2298af14629d48f6924416596f30a77a', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '2298af14629d48f6924416596f30a77a', 0, true);
INSERT INTO public.metrics VALUES ('auc', 5, 1700000000000, 'c5197ec79e0945b8ab82187f09a9cab4', 0, false);
INSERT INTO public.metrics VALUES ('auc', 5.142857142857143, 1700000000001, 'c5197ec79e0945b8ab82187f09a9cab4', 1, false);
INSERT INTO public.metrics VALUES ('auc', 5.285714285714286, 1700000000002, 'c5197ec79e0945b8ab82187f09a9cab4', 2, false);
INSERT INTO public.metrics VALUES ('auc', 5.428571428571429, 1700000000003, 'c5197ec79e0945b8ab82187f09a9cab4', 3, false);
INSERT INTO public.metrics VALUES ('auc', 5.571428571428571, 1700000000004, 'c5197ec79e0945b8ab82187f09a9cab4', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, 'c5197ec79e0945b8ab82187f09a9cab4', 0, true);
INSERT INTO public.metrics VALUES ('auc', 6, 1700000000000, '4c06446f1b9c43f49770da8238ff3bac', 0, false);
INSERT INTO public.metrics VALUES ('auc', 6.142857142857143, 1700000000001, '4c06446f1b9c43f49770da8238ff3bac', 1, false);
INSERT INTO public.metrics VALUES ('auc', 6.285714285714286, 1700000000002, '4c06446f1b9c43f49770da8238ff3bac', 2, false);
INSERT INTO public.metrics VALUES ('auc', 6.428571428571429, 1700000000003, '4c06446f1b9c43f49770da8238ff3bac', 3, false);
INSERT INTO public.metrics VALUES ('auc', 6.571428571428571, 1700000000004, '4c06446f1b9c43f49770da8238ff3bac', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '4c06446f1b9c43f49770da8238ff3bac', 0, true);
INSERT INTO public.metrics VALUES ('auc', 7, 1700000000000, '610b0ab357b04a93953846e50379a467', 0, false);
INSERT INTO public.metrics VALUES ('auc', 7.142857142857143, 1700000000001, '610b0ab357b04a93953846e50379a467', 1, false);
INSERT INTO public.metrics VALUES ('auc', 7.285714285714286, 1700000000002, '610b0ab357b04a93953846e50379a467', 2, false);
INSERT INTO public.metrics VALUES ('auc', 7.428571428571429, 1700000000003, '610b0ab357b04a93953846e50379a467', 3, false);
INSERT INTO public.metrics VALUES ('auc', 7.571428571428571, 1700000000004, '610b0ab357b04a93953846e50379a467', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '610b0ab357b04a93953846e50379a467', 0, true);
INSERT INTO public.metrics VALUES ('auc', 8, 1700000000000, 'cb7e41a0625749fc829f93e9a13a138b', 0, false);
INSERT INTO public.metrics VALUES ('auc', 8.142857142857142, 1700000000001, 'cb7e41a0625749fc829f93e9a13a138b', 1, false);
INSERT INTO public.metrics VALUES ('auc', 8.285714285714286, 1700000000002, 'cb7e41a0625749fc829f93e9a13a138b', 2, false);
INSERT INTO public.metrics VALUES ('auc', 8.428571428571429, 1700000000003, 'cb7e41a0625749fc829f93e9a13a138b', 3, false);
INSERT INTO public.metrics VALUES ('auc', 8.571428571428571, 1700000000004, 'cb7e41a0625749fc829f93e9a13a138b', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, 'cb7e41a0625749fc829f93e9a13a138b', 0, true);
INSERT INTO public.metrics VALUES ('auc', 9, 1700000000000, '24f6943732564c1da4ea1f743870b75a', 0, false);
INSERT INTO public.metrics VALUES ('auc', 9.142857142857142, 1700000000001, '24f6943732564c1da4ea1f743870b75a', 1, false);
INSERT INTO public.metrics VALUES ('auc', 9.285714285714286, 1700000000002, '24f6943732564c1da4ea1f743870b75a', 2, false);
INSERT INTO public.metrics VALUES ('auc', 9.428571428571429, 1700000000003, '24f6943732564c1da4ea1f743870b75a', 3, false);
INSERT INTO public.metrics VALUES ('auc', 9.571428571428571, 1700000000004, '24f6943732564c1da4ea1f743870b75a', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '24f6943732564c1da4ea1f743870b75a', 0, true);
INSERT INTO public.metrics VALUES ('auc', 10, 1700000000000, '8afe4c9937c149c3b4fc408fcd58bba3', 0, false);
INSERT INTO public.metrics VALUES ('auc', 10.142857142857142, 1700000000001, '8afe4c9937c149c3b4fc408fcd58bba3', 1, false);
INSERT INTO public.metrics VALUES ('auc', 10.285714285714286, 1700000000002, '8afe4c9937c149c3b4fc408fcd58bba3', 2, false);
INSERT INTO public.metrics VALUES ('auc', 10.428571428571429, 1700000000003, '8afe4c9937c149c3b4fc408fcd58bba3', 3, false);
INSERT INTO public.metrics VALUES ('auc', 10.571428571428571, 1700000000004, '8afe4c9937c149c3b4fc408fcd58bba3', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '8afe4c9937c149c3b4fc408fcd58bba3', 0, true);
INSERT INTO public.metrics VALUES ('auc', 11, 1700000000000, '26ca63af9fe34eb6922463727ca2b2b0', 0, false);
INSERT INTO public.metrics VALUES ('auc', 11.142857142857142, 1700000000001, '26ca63af9fe34eb6922463727ca2b2b0', 1, false);
INSERT INTO public.metrics VALUES ('auc', 11.285714285714286, 1700000000002, '26ca63af9fe34eb6922463727ca2b2b0', 2, false);
INSERT INTO public.metrics VALUES ('auc', 11.428571428571429, 1700000000003, '26ca63af9fe34eb6922463727ca2b2b0', 3, false);
INSERT INTO public.metrics VALUES ('auc', 11.571428571428571, 1700000000004, '26ca63af9fe34eb6922463727ca2b2b0', 4, false);
INSERT INTO public.metrics VALUES ('lost', 0, 1700000000000, '26ca63af9fe34eb6922463727ca2b2b0', 0, true);
INSERT INTO public.model_version_tags VALUES ('note', 'the first', 'churn-classifier', 1);
INSERT INTO public.model_versions VALUES ('churn-classifier', 1, 1795966716150, 1795966716150, NULL, NULL, 'None', 's3://mlflow-artifacts/1/m-1', '26ca63af9fe34eb6922463727ca2b2b0', 'READY', NULL, NULL, 's3://mlflow-artifacts/1/m-1');
INSERT INTO public.model_versions VALUES ('churn-classifier', 2, 1795966716208, 1795966716208, NULL, NULL, 'None', 's3://mlflow-artifacts/1/m-2', '26ca63af9fe34eb6922463727ca2b2b0', 'READY', NULL, NULL, 's3://mlflow-artifacts/1/m-2');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' ', 'cc51b587cf3743e4bc6383c35566e904');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'f45c621779134949b6341061610a85b7');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'd1c5400cfd7c499c982615258174055b');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '66e5be0d05774659818f3f755cd67998');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '2298af14629d48f6924416596f30a77a');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'c5197ec79e0945b8ab82187f09a9cab4');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '4c06446f1b9c43f49770da8238ff3bac');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '610b0ab357b04a93953846e50379a467');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'cb7e41a0625749fc829f93e9a13a138b');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '24f6943732564c1da4ea1f743870b75a');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '8afe4c9937c149c3b4fc408fcd58bba3');
INSERT INTO public.params VALUES ('odd', 'a	b
c\ ''d'' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '26ca63af9fe34eb6922463727ca2b2b0');
INSERT INTO public.registered_model_aliases VALUES ('champion', 1, 'churn-classifier');
INSERT INTO public.registered_model_tags VALUES ('owner', 'ml', 'churn-classifier');
INSERT INTO public.registered_models VALUES ('churn-classifier', 1795966716091, 1795966716208, 'who leaves');
INSERT INTO public.runs VALUES ('cc51b587cf3743e4bc6383c35566e904', 'run 0', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966711762, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/cc51b587cf3743e4bc6383c35566e904/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('f45c621779134949b6341061610a85b7', 'run 1', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966712251, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/f45c621779134949b6341061610a85b7/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('d1c5400cfd7c499c982615258174055b', 'run 2', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966712485, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/d1c5400cfd7c499c982615258174055b/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('66e5be0d05774659818f3f755cd67998', 'run 3', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966712738, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/66e5be0d05774659818f3f755cd67998/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('2298af14629d48f6924416596f30a77a', 'run 4', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966712953, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/2298af14629d48f6924416596f30a77a/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('c5197ec79e0945b8ab82187f09a9cab4', 'run 5', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966713374, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/c5197ec79e0945b8ab82187f09a9cab4/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('4c06446f1b9c43f49770da8238ff3bac', 'run 6', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966713753, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/4c06446f1b9c43f49770da8238ff3bac/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('610b0ab357b04a93953846e50379a467', 'run 7', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966713999, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/610b0ab357b04a93953846e50379a467/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('cb7e41a0625749fc829f93e9a13a138b', 'run 8', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966714310, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/cb7e41a0625749fc829f93e9a13a138b/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('24f6943732564c1da4ea1f743870b75a', 'run 9', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966714450, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/24f6943732564c1da4ea1f743870b75a/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('8afe4c9937c149c3b4fc408fcd58bba3', 'run 10', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966714781, 1700000001000, '', 'active', 's3://mlflow-artifacts/1/8afe4c9937c149c3b4fc408fcd58bba3/artifacts', 1, NULL);
INSERT INTO public.runs VALUES ('26ca63af9fe34eb6922463727ca2b2b0', 'run 11', 'UNKNOWN', '', '', 'unknown', 'FINISHED', 1795966714998, 1700000001000, '', 'deleted', 's3://mlflow-artifacts/1/26ca63af9fe34eb6922463727ca2b2b0/artifacts', 1, 1795966715243);
INSERT INTO public.tags VALUES ('number', '0', 'cc51b587cf3743e4bc6383c35566e904');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 0', 'cc51b587cf3743e4bc6383c35566e904');
INSERT INTO public.tags VALUES ('number', '1', 'f45c621779134949b6341061610a85b7');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 1', 'f45c621779134949b6341061610a85b7');
INSERT INTO public.tags VALUES ('number', '2', 'd1c5400cfd7c499c982615258174055b');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 2', 'd1c5400cfd7c499c982615258174055b');
INSERT INTO public.tags VALUES ('number', '3', '66e5be0d05774659818f3f755cd67998');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 3', '66e5be0d05774659818f3f755cd67998');
INSERT INTO public.tags VALUES ('number', '4', '2298af14629d48f6924416596f30a77a');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 4', '2298af14629d48f6924416596f30a77a');
INSERT INTO public.tags VALUES ('number', '5', 'c5197ec79e0945b8ab82187f09a9cab4');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 5', 'c5197ec79e0945b8ab82187f09a9cab4');
INSERT INTO public.tags VALUES ('number', '6', '4c06446f1b9c43f49770da8238ff3bac');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 6', '4c06446f1b9c43f49770da8238ff3bac');
INSERT INTO public.tags VALUES ('number', '7', '610b0ab357b04a93953846e50379a467');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 7', '610b0ab357b04a93953846e50379a467');
INSERT INTO public.tags VALUES ('number', '8', 'cb7e41a0625749fc829f93e9a13a138b');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 8', 'cb7e41a0625749fc829f93e9a13a138b');
INSERT INTO public.tags VALUES ('number', '9', '24f6943732564c1da4ea1f743870b75a');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 9', '24f6943732564c1da4ea1f743870b75a');
INSERT INTO public.tags VALUES ('number', '10', '8afe4c9937c149c3b4fc408fcd58bba3');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 10', '8afe4c9937c149c3b4fc408fcd58bba3');
INSERT INTO public.tags VALUES ('number', '11', '26ca63af9fe34eb6922463727ca2b2b0');
INSERT INTO public.tags VALUES ('mlflow.runName', 'run 11', '26ca63af9fe34eb6922463727ca2b2b0');
SELECT pg_catalog.setval('public.experiments_experiment_id_seq', 1, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest);
ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiment_pk PRIMARY KEY (experiment_id);
ALTER TABLE ONLY public.experiment_tags
    ADD CONSTRAINT experiment_tag_pk PRIMARY KEY (key, experiment_id);
ALTER TABLE ONLY public.experiments
    ADD CONSTRAINT experiments_name_key UNIQUE (name);
ALTER TABLE ONLY public.input_tags
    ADD CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name);
ALTER TABLE ONLY public.inputs
    ADD CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id);
ALTER TABLE ONLY public.latest_metrics
    ADD CONSTRAINT latest_metric_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY public.logged_model_metrics
    ADD CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id);
ALTER TABLE ONLY public.logged_model_params
    ADD CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key);
ALTER TABLE ONLY public.logged_model_tags
    ADD CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key);
ALTER TABLE ONLY public.logged_models
    ADD CONSTRAINT logged_models_pk PRIMARY KEY (model_id);
ALTER TABLE ONLY public.metrics
    ADD CONSTRAINT metric_pk PRIMARY KEY (key, "timestamp", step, run_uuid, value, is_nan);
ALTER TABLE ONLY public.model_versions
    ADD CONSTRAINT model_version_pk PRIMARY KEY (name, version);
ALTER TABLE ONLY public.model_version_tags
    ADD CONSTRAINT model_version_tag_pk PRIMARY KEY (key, name, version);
ALTER TABLE ONLY public.params
    ADD CONSTRAINT param_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY public.registered_model_aliases
    ADD CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias);
ALTER TABLE ONLY public.registered_models
    ADD CONSTRAINT registered_model_pk PRIMARY KEY (name);
ALTER TABLE ONLY public.registered_model_tags
    ADD CONSTRAINT registered_model_tag_pk PRIMARY KEY (key, name);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT run_pk PRIMARY KEY (run_uuid);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tag_pk PRIMARY KEY (key, run_uuid);
ALTER TABLE ONLY public.trace_info
    ADD CONSTRAINT trace_info_pk PRIMARY KEY (request_id);
ALTER TABLE ONLY public.trace_request_metadata
    ADD CONSTRAINT trace_request_metadata_pk PRIMARY KEY (key, request_id);
ALTER TABLE ONLY public.trace_tags
    ADD CONSTRAINT trace_tag_pk PRIMARY KEY (key, request_id);
CREATE INDEX index_datasets_dataset_uuid ON public.datasets USING btree (dataset_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON public.datasets USING btree (experiment_id, dataset_source_type);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON public.inputs USING btree (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON public.inputs USING btree (input_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON public.latest_metrics USING btree (run_uuid);
CREATE INDEX index_logged_model_metrics_model_id ON public.logged_model_metrics USING btree (model_id);
CREATE INDEX index_metrics_run_uuid ON public.metrics USING btree (run_uuid);
CREATE INDEX index_params_run_uuid ON public.params USING btree (run_uuid);
CREATE INDEX index_tags_run_uuid ON public.tags USING btree (run_uuid);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON public.trace_info USING btree (experiment_id, timestamp_ms);
CREATE INDEX index_trace_request_metadata_request_id ON public.trace_request_metadata USING btree (request_id);
CREATE INDEX index_trace_tags_request_id ON public.trace_tags USING btree (request_id);
ALTER TABLE ONLY public.experiment_tags
    ADD CONSTRAINT experiment_tags_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY (model_id) REFERENCES public.logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.logged_model_metrics
    ADD CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY (run_id) REFERENCES public.runs(run_uuid) ON DELETE CASCADE;
ALTER TABLE ONLY public.logged_model_params
    ADD CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.logged_model_params
    ADD CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY (model_id) REFERENCES public.logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.logged_model_tags
    ADD CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.logged_model_tags
    ADD CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY (model_id) REFERENCES public.logged_models(model_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.logged_models
    ADD CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.trace_info
    ADD CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.trace_request_metadata
    ADD CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY (request_id) REFERENCES public.trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.trace_tags
    ADD CONSTRAINT fk_trace_tags_request_id FOREIGN KEY (request_id) REFERENCES public.trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.latest_metrics
    ADD CONSTRAINT latest_metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES public.runs(run_uuid);
ALTER TABLE ONLY public.metrics
    ADD CONSTRAINT metrics_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES public.runs(run_uuid);
ALTER TABLE ONLY public.model_version_tags
    ADD CONSTRAINT model_version_tags_name_version_fkey FOREIGN KEY (name, version) REFERENCES public.model_versions(name, version) ON UPDATE CASCADE;
ALTER TABLE ONLY public.model_versions
    ADD CONSTRAINT model_versions_name_fkey FOREIGN KEY (name) REFERENCES public.registered_models(name) ON UPDATE CASCADE;
ALTER TABLE ONLY public.params
    ADD CONSTRAINT params_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES public.runs(run_uuid);
ALTER TABLE ONLY public.registered_model_aliases
    ADD CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY (name) REFERENCES public.registered_models(name) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.registered_model_tags
    ADD CONSTRAINT registered_model_tags_name_fkey FOREIGN KEY (name) REFERENCES public.registered_models(name) ON UPDATE CASCADE;
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES public.experiments(experiment_id);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_run_uuid_fkey FOREIGN KEY (run_uuid) REFERENCES public.runs(run_uuid);
