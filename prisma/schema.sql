-- The schema as PostgreSQL has it after all migrations. Written by scripts/run/setup/dump-schema.ts: do not edit.

CREATE SCHEMA continuity;

CREATE SCHEMA coupon;

CREATE SCHEMA identity;

CREATE SCHEMA inventory;

CREATE SCHEMA notification;

CREATE SCHEMA orchestrator;

CREATE SCHEMA payment;

CREATE SCHEMA shipping;

CREATE OR REPLACE FUNCTION orchestrator.check_audit_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$BEGIN
  IF OLD.erased_by IS NULL AND EXISTS (
    SELECT FROM orchestrator.actions e WHERE e.id = NEW.erased_by AND e.action = 'erase-customer' AND e.seq > OLD.seq
       AND e.params::jsonb -> 'entries' @> jsonb_build_array(jsonb_build_array(OLD.seq, OLD.hash)))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the audit is append-only: % of orchestrator.actions is refused', TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END$function$
;

CREATE OR REPLACE FUNCTION orchestrator.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$BEGIN
  RAISE EXCEPTION 'the audit is append-only: % of orchestrator.actions is refused', TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END$function$
;

CREATE TABLE continuity.beats (
  one boolean DEFAULT true NOT NULL,
  incarnation uuid DEFAULT gen_random_uuid() NOT NULL,
  beat bigint DEFAULT 0 NOT NULL,
  at timestamp(3) with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL
) WITH (fillfactor=50);

CREATE TABLE coupon.campaigns (
  id uuid NOT NULL,
  name text NOT NULL,
  total integer NOT NULL,
  discount_kind text NOT NULL,
  discount_value integer NOT NULL,
  discount_currency text,
  starts_at timestamp(3) with time zone,
  ends_at timestamp(3) with time zone,
  valid_until timestamp(3) with time zone,
  created_at timestamp(3) with time zone NOT NULL,
  created_by text NOT NULL,
  issued integer DEFAULT 0 NOT NULL,
  closed_at timestamp(3) with time zone,
  idempotency_key text,
  removed integer DEFAULT 0 NOT NULL,
  closed_by text,
  close_reason text,
  create_reason text
) WITH (fillfactor=50);

CREATE TABLE coupon.checkpoints (
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  accepted_until timestamp(3) with time zone
) WITH (fillfactor=50);

CREATE TABLE coupon.coupons (
  id uuid NOT NULL,
  campaign_id uuid NOT NULL,
  user_id text NOT NULL,
  request_id text NOT NULL,
  request_partition integer NOT NULL,
  request_offset bigint NOT NULL,
  accepted_at timestamp(3) with time zone NOT NULL,
  issued_at timestamp(3) with time zone NOT NULL,
  valid_until timestamp(3) with time zone,
  redeemed_by uuid,
  redeemed_command text,
  redeemed_at timestamp(3) with time zone
) WITH (fillfactor=90);

CREATE TABLE coupon.epoch (
  one boolean DEFAULT true NOT NULL,
  value text NOT NULL,
  renewed_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE coupon.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  reply json,
  created_at timestamp(3) with time zone NOT NULL,
  answered_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE coupon.lost (
  partition integer NOT NULL,
  from_offset bigint NOT NULL,
  to_offset bigint NOT NULL,
  noted_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE coupon.request_logs (
  partition integer NOT NULL,
  number integer NOT NULL,
  topic_id text,
  began_at timestamp(3) with time zone,
  noted_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE identity.api_keys (
  id text NOT NULL,
  holder text NOT NULL,
  role text NOT NULL,
  hash bytea NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  created_by text NOT NULL,
  expires_at timestamp(3) with time zone NOT NULL,
  revoked_at timestamp(3) with time zone,
  revoked_by text
);

CREATE TABLE identity.ended_tokens (
  id uuid NOT NULL,
  subject text,
  token_id text,
  ended_at timestamp(3) with time zone NOT NULL,
  ended_by text NOT NULL,
  expires_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE inventory.carried (
  kind text NOT NULL,
  sku text NOT NULL,
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL
);

CREATE TABLE inventory.carried_until (
  kind text NOT NULL,
  until timestamp(3) with time zone NOT NULL,
  ids_from uuid NOT NULL
);

CREATE TABLE inventory.corrections (
  id uuid NOT NULL,
  at timestamp(3) with time zone NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  plan_hash text NOT NULL,
  changes json NOT NULL
);

CREATE TABLE inventory.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  reply json,
  created_at timestamp(3) with time zone NOT NULL,
  answered_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE inventory.movements (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  sku text NOT NULL,
  kind text NOT NULL,
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL,
  saga_id uuid,
  command_id text,
  at timestamp(3) with time zone NOT NULL
) PARTITION BY RANGE (at);

CREATE TABLE inventory.reservations (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  items json NOT NULL,
  reserved_at timestamp(3) with time zone NOT NULL,
  state text NOT NULL,
  confirmed_by text,
  changed_at timestamp(3) with time zone NOT NULL
) PARTITION BY RANGE (saga_id);

CREATE TABLE inventory.stock (
  sku text NOT NULL,
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  sold bigint NOT NULL
) WITH (fillfactor=50);

CREATE TABLE notification.mails (
  event_id text NOT NULL,
  order_id uuid NOT NULL,
  recipient text NOT NULL,
  at timestamp(3) with time zone NOT NULL,
  state text NOT NULL,
  answer text,
  attempts integer DEFAULT 1 NOT NULL,
  letter json,
  next_try_at timestamp(3) with time zone
) PARTITION BY RANGE (order_id);

CREATE TABLE orchestrator.actions (
  id uuid NOT NULL,
  seq bigint NOT NULL,
  saga_id uuid,
  batch_id uuid,
  action text NOT NULL,
  revision integer,
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  params json DEFAULT '{}'::json NOT NULL,
  idempotency_key text,
  created_at timestamp(3) with time zone NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  detail text,
  ended_at timestamp(3) with time zone,
  due_at timestamp(3) with time zone,
  checks integer DEFAULT 0 NOT NULL,
  erased_by uuid,
  plan_hash text,
  applied_plan_hash text
);

CREATE TABLE orchestrator.activations (
  definition text NOT NULL,
  version integer NOT NULL,
  activated_at timestamp(3) with time zone NOT NULL,
  activated_by text NOT NULL,
  seq bigint NOT NULL,
  reason text DEFAULT ''::text NOT NULL
);

CREATE TABLE orchestrator.batch_items (
  batch_id uuid NOT NULL,
  number integer NOT NULL,
  target text NOT NULL,
  seen json NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  outcome text,
  detail text,
  acted_at timestamp(3) with time zone,
  wave integer,
  fingerprint text
);

CREATE TABLE orchestrator.batches (
  id uuid NOT NULL,
  kind text NOT NULL,
  state text DEFAULT 'running'::text NOT NULL,
  params json NOT NULL,
  plan_hash text NOT NULL,
  total integer NOT NULL,
  per_second integer NOT NULL,
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  ended_at timestamp(3) with time zone,
  due_at timestamp(3) with time zone NOT NULL,
  fence integer DEFAULT 0 NOT NULL,
  leased_until timestamp(3) with time zone,
  ramp_from integer DEFAULT 0 NOT NULL,
  stopped json
);

CREATE TABLE orchestrator.brakes (
  id uuid NOT NULL,
  holds text NOT NULL,
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at timestamp(3) with time zone NOT NULL,
  released_by text,
  released_role text,
  release_reason text,
  released_at timestamp(3) with time zone,
  per_second integer,
  resumed_to timestamp(3) with time zone,
  resumed integer DEFAULT 0 NOT NULL,
  ended_at timestamp(3) with time zone,
  opened_at timestamp(3) with time zone
);

CREATE TABLE orchestrator.dead_letter_claims (
  partition integer NOT NULL,
  record_offset bigint NOT NULL,
  claim uuid NOT NULL,
  expires_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE orchestrator.dead_letter_logs (
  partition integer NOT NULL,
  number integer NOT NULL,
  topic_id text,
  noted_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE orchestrator.dead_letters (
  partition integer NOT NULL,
  record_offset bigint NOT NULL,
  saga_id uuid,
  key bytea,
  value bytea NOT NULL,
  parked_by text NOT NULL,
  parked_at timestamp(3) with time zone NOT NULL,
  reason text NOT NULL,
  text text NOT NULL,
  origin_topic text NOT NULL,
  origin_partition integer NOT NULL,
  origin_offset bigint NOT NULL,
  resent_at timestamp(3) with time zone,
  group_text text GENERATED ALWAYS AS (regexp_replace(regexp_replace(regexp_replace(regexp_replace(text, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'::text, '#'::text, 'g'::text), '"[^"]*"|“[^”]*”|`[^`]*`'::text, '"#"'::text, 'g'::text), '(^|[[:space:](:=,])''[^'']*'''::text, '\1"#"'::text, 'g'::text), '[[:alnum:]_]*[0-9][[:alnum:]_]*'::text, '#'::text, 'g'::text)) STORED NOT NULL,
  group_id text GENERATED ALWAYS AS ("left"(md5(((((((origin_topic || ' '::text) || parked_by) || ' '::text) || reason) || ' '::text) || regexp_replace(regexp_replace(regexp_replace(regexp_replace(text, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'::text, '#'::text, 'g'::text), '"[^"]*"|“[^”]*”|`[^`]*`'::text, '"#"'::text, 'g'::text), '(^|[[:space:](:=,])''[^'']*'''::text, '\1"#"'::text, 'g'::text), '[[:alnum:]_]*[0-9][[:alnum:]_]*'::text, '#'::text, 'g'::text))), 16)) STORED NOT NULL,
  edited_value bytea,
  edited_at timestamp(3) with time zone,
  edits integer DEFAULT 0 NOT NULL,
  discarded_at timestamp(3) with time zone,
  resent_batch uuid
);

CREATE TABLE orchestrator.engines (
  id text NOT NULL,
  definitions json NOT NULL,
  seen_at timestamp(3) with time zone NOT NULL,
  counted json,
  ended_at timestamp(3) with time zone
);

CREATE TABLE orchestrator.erasures (
  id uuid NOT NULL,
  customer_id text,
  subject text NOT NULL,
  actor text NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  requested_at timestamp(3) with time zone NOT NULL,
  action_id uuid NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  detail text,
  ended_at timestamp(3) with time zone
);

CREATE TABLE orchestrator.journal (
  saga_id uuid NOT NULL,
  message_id text NOT NULL,
  version integer NOT NULL,
  at timestamp(3) with time zone NOT NULL,
  type text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  message json NOT NULL,
  change json NOT NULL,
  "out" json NOT NULL,
  origin_topic text NOT NULL,
  origin_partition integer NOT NULL,
  origin_offset bigint NOT NULL,
  xid xid8 DEFAULT pg_current_xact_id(),
  hash bytea,
  erased_by uuid,
  erased_content bytea
) PARTITION BY RANGE (saga_id);

CREATE TABLE orchestrator.orders (
  id uuid NOT NULL,
  customer_id text NOT NULL,
  idempotency_key text,
  request_hash text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL,
  created_at timestamp(3) with time zone NOT NULL
) WITH (autovacuum_analyze_scale_factor=1, autovacuum_analyze_threshold=50000, autovacuum_vacuum_insert_scale_factor=1, autovacuum_vacuum_insert_threshold=500000);

CREATE TABLE orchestrator.retention (
  kind text NOT NULL,
  month date NOT NULL,
  until timestamp(3) with time zone NOT NULL,
  ids_from uuid NOT NULL,
  action_id uuid NOT NULL,
  dropped jsonb DEFAULT '{}'::jsonb NOT NULL,
  begun_at timestamp(3) with time zone NOT NULL,
  ended_at timestamp(3) with time zone
);

CREATE TABLE orchestrator.sagas (
  id uuid NOT NULL,
  definition text NOT NULL,
  definition_version integer NOT NULL,
  partition integer NOT NULL,
  customer_id text NOT NULL,
  input json NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  version integer DEFAULT 0 NOT NULL,
  revision integer DEFAULT 0 NOT NULL,
  state text NOT NULL,
  status text NOT NULL,
  context json NOT NULL,
  pending json NOT NULL,
  stuck json,
  last_failure json,
  paused boolean DEFAULT false NOT NULL,
  state_since timestamp(3) with time zone NOT NULL,
  ended_at timestamp(3) with time zone,
  sweep_state json DEFAULT '{}'::json NOT NULL,
  checks integer DEFAULT 0 NOT NULL,
  due_at timestamp(3) with time zone,
  claims integer DEFAULT 0 NOT NULL,
  traceparent text,
  journal_hash bytea,
  journal_salt uuid DEFAULT gen_random_uuid()
) PARTITION BY RANGE (id);

CREATE TABLE orchestrator.saved_views (
  id uuid NOT NULL,
  owner text NOT NULL,
  name text NOT NULL,
  filter json NOT NULL,
  sort text NOT NULL,
  shared boolean NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  changed_at timestamp(3) with time zone NOT NULL,
  changed_by text NOT NULL
);

CREATE TABLE orchestrator.unmatched (
  saga_id uuid NOT NULL,
  message_id text NOT NULL,
  type text NOT NULL,
  reason text NOT NULL,
  message json NOT NULL,
  first_at timestamp(3) with time zone NOT NULL,
  last_at timestamp(3) with time zone NOT NULL,
  count integer DEFAULT 1 NOT NULL
) PARTITION BY RANGE (saga_id);

CREATE TABLE payment.checkpoints (
  name text NOT NULL,
  compared_to timestamp(3) with time zone NOT NULL
);

CREATE TABLE payment.gateway_paces (
  gateway text NOT NULL,
  learned double precision,
  learned_at timestamp(3) with time zone NOT NULL,
  next_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE payment.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  reply json,
  created_at timestamp(3) with time zone NOT NULL,
  answered_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE payment.incidents (
  saga_id uuid NOT NULL,
  incident_id text NOT NULL,
  command_id text NOT NULL,
  code text NOT NULL,
  text text NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  published_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE payment.intents (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  gateway text NOT NULL,
  customer_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  method text NOT NULL,
  traceparent text,
  created_at timestamp(3) with time zone NOT NULL,
  gateway_id text,
  outcome text NOT NULL,
  decline_code text,
  goal text DEFAULT 'charge'::text NOT NULL,
  undone_at timestamp(3) with time zone,
  refund_id text,
  refund_refusal json,
  tries integer DEFAULT 0 NOT NULL,
  key_number integer DEFAULT 1 NOT NULL,
  last_failure text,
  noticed_at timestamp(3) with time zone,
  lease uuid,
  due_at timestamp(3) with time zone,
  gateway_customer text
) PARTITION BY RANGE (saga_id);

CREATE TABLE payment.reversals (
  saga_id uuid NOT NULL,
  reversal_id text NOT NULL,
  command_id text NOT NULL,
  kind text NOT NULL,
  amount bigint NOT NULL,
  state text NOT NULL,
  status text NOT NULL,
  own boolean NOT NULL,
  seen_at timestamp(3) with time zone NOT NULL
) PARTITION BY RANGE (saga_id);

CREATE TABLE payment.undos (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  names json NOT NULL,
  traceparent text,
  created_at timestamp(3) with time zone NOT NULL,
  noticed_at timestamp(3) with time zone,
  answered_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE shipping.inbox (
  saga_id uuid NOT NULL,
  command_id text NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  reply json,
  created_at timestamp(3) with time zone NOT NULL,
  answered_at timestamp(3) with time zone
) PARTITION BY RANGE (saga_id);

CREATE TABLE shipping.shipments (
  saga_id uuid NOT NULL,
  id text NOT NULL,
  command_id text NOT NULL,
  country text NOT NULL,
  address json NOT NULL,
  items json NOT NULL,
  prepared_at timestamp(3) with time zone NOT NULL,
  state text NOT NULL,
  changed_at timestamp(3) with time zone NOT NULL
) PARTITION BY RANGE (saga_id);

ALTER TABLE continuity.beats ADD CONSTRAINT beats_one_check CHECK (one);
ALTER TABLE continuity.beats ADD CONSTRAINT beats_pkey PRIMARY KEY (one);

ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_check CHECK (((discount_value > 0) AND ((discount_kind = 'amount'::text) OR (discount_value <= 100))));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_check1 CHECK (((issued >= 0) AND (issued <= total)));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_check2 CHECK (((discount_kind = 'amount'::text) = (discount_currency IS NOT NULL)));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_check3 CHECK ((ends_at > starts_at));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_check4 CHECK (((removed >= 0) AND (removed <= issued)));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_discount_kind_check CHECK ((discount_kind = ANY (ARRAY['amount'::text, 'percent'::text])));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_total_check CHECK ((total > 0));
ALTER TABLE coupon.campaigns ADD CONSTRAINT campaigns_pkey PRIMARY KEY (id);

ALTER TABLE coupon.checkpoints ADD CONSTRAINT checkpoints_next_offset_check CHECK ((next_offset >= 0));
ALTER TABLE coupon.checkpoints ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (partition);

ALTER TABLE coupon.coupons ADD CONSTRAINT coupons_check CHECK ((((redeemed_by IS NULL) = (redeemed_command IS NULL)) AND ((redeemed_by IS NULL) = (redeemed_at IS NULL))));
ALTER TABLE coupon.coupons ADD CONSTRAINT coupons_pkey PRIMARY KEY (id);
ALTER TABLE coupon.coupons ADD CONSTRAINT coupons_campaign_id_user_id_key UNIQUE (campaign_id, user_id);

ALTER TABLE coupon.epoch ADD CONSTRAINT epoch_one_check CHECK (one);
ALTER TABLE coupon.epoch ADD CONSTRAINT epoch_pkey PRIMARY KEY (one);

ALTER TABLE coupon.inbox ADD CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['tombstone'::text, 'open'::text, 'answered'::text])));
ALTER TABLE coupon.inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE coupon.lost ADD CONSTRAINT lost_check CHECK ((to_offset > from_offset));
ALTER TABLE coupon.lost ADD CONSTRAINT lost_pkey PRIMARY KEY (partition, from_offset);

ALTER TABLE coupon.request_logs ADD CONSTRAINT request_logs_check CHECK (((number = 0) = (began_at IS NULL)));
ALTER TABLE coupon.request_logs ADD CONSTRAINT request_logs_number_check CHECK ((number >= 0));
ALTER TABLE coupon.request_logs ADD CONSTRAINT request_logs_pkey PRIMARY KEY (partition, number);

ALTER TABLE identity.api_keys ADD CONSTRAINT api_keys_role_check CHECK ((role = 'service'::text));
ALTER TABLE identity.api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE identity.ended_tokens ADD CONSTRAINT ended_tokens_one_of_two_check CHECK (((subject IS NULL) <> (token_id IS NULL)));
ALTER TABLE identity.ended_tokens ADD CONSTRAINT ended_tokens_pkey PRIMARY KEY (id);

ALTER TABLE inventory.carried ADD CONSTRAINT carried_kind_check CHECK ((kind = ANY (ARRAY['movements'::text, 'reservations'::text])));
ALTER TABLE inventory.carried ADD CONSTRAINT carried_pkey PRIMARY KEY (kind, sku);

ALTER TABLE inventory.carried_until ADD CONSTRAINT carried_until_kind_check CHECK ((kind = ANY (ARRAY['movements'::text, 'reservations'::text])));
ALTER TABLE inventory.carried_until ADD CONSTRAINT carried_until_pkey PRIMARY KEY (kind);

ALTER TABLE inventory.corrections ADD CONSTRAINT corrections_pkey PRIMARY KEY (id);

ALTER TABLE inventory.inbox ADD CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['tombstone'::text, 'open'::text, 'answered'::text])));
ALTER TABLE inventory.inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE inventory.movements ADD CONSTRAINT movements_kind_check CHECK ((kind = ANY (ARRAY['set'::text, 'reserve'::text, 'confirm'::text, 'release'::text, 'return'::text])));
ALTER TABLE inventory.movements ADD CONSTRAINT movements_pkey PRIMARY KEY (at, id);

ALTER TABLE inventory.reservations ADD CONSTRAINT reservations_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'confirmed'::text, 'released'::text])));
ALTER TABLE inventory.reservations ADD CONSTRAINT reservations_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE inventory.stock ADD CONSTRAINT stock_available_check CHECK ((available >= 0));
ALTER TABLE inventory.stock ADD CONSTRAINT stock_reserved_check CHECK ((reserved >= 0));
ALTER TABLE inventory.stock ADD CONSTRAINT stock_sold_check CHECK ((sold >= 0));
ALTER TABLE inventory.stock ADD CONSTRAINT stock_pkey PRIMARY KEY (sku);

ALTER TABLE notification.mails ADD CONSTRAINT mails_check CHECK (((state = 'deferred'::text) = ((next_try_at IS NOT NULL) AND (letter IS NOT NULL))));
ALTER TABLE notification.mails ADD CONSTRAINT mails_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'refused'::text, 'deferred'::text])));
ALTER TABLE notification.mails ADD CONSTRAINT mails_pkey PRIMARY KEY (order_id, event_id);

ALTER TABLE orchestrator.actions ADD CONSTRAINT actions_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'applied'::text, 'refused'::text])));
ALTER TABLE orchestrator.actions ADD CONSTRAINT actions_pkey PRIMARY KEY (id);
ALTER TABLE orchestrator.actions ADD CONSTRAINT actions_seq_key UNIQUE (seq);

ALTER TABLE orchestrator.activations ADD CONSTRAINT activations_pkey PRIMARY KEY (seq);

ALTER TABLE orchestrator.batch_items ADD CONSTRAINT batch_items_check CHECK (((state = 'ended'::text) <= (outcome IS NOT NULL)));
ALTER TABLE orchestrator.batch_items ADD CONSTRAINT batch_items_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'watched'::text, 'ended'::text])));
ALTER TABLE orchestrator.batch_items ADD CONSTRAINT batch_items_pkey PRIMARY KEY (batch_id, number);

ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_check CHECK (((state = ANY (ARRAY['cancelled'::text, 'done'::text])) = (ended_at IS NOT NULL)));
ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_per_second_check CHECK ((per_second > 0));
ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'cancelled'::text, 'done'::text])));
ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_stopped_check CHECK (((state <> 'stopped'::text) OR (stopped IS NOT NULL)));
ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_total_check CHECK ((total > 0));
ALTER TABLE orchestrator.batches ADD CONSTRAINT batches_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.brakes ADD CONSTRAINT brakes_opened_check CHECK (((opened_at IS NULL) OR (released_at IS NOT NULL)));
ALTER TABLE orchestrator.brakes ADD CONSTRAINT brakes_per_second_check CHECK ((per_second > 0));
ALTER TABLE orchestrator.brakes ADD CONSTRAINT brakes_released_check CHECK (((released_at IS NULL) = (released_by IS NULL)));
ALTER TABLE orchestrator.brakes ADD CONSTRAINT brakes_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.dead_letter_claims ADD CONSTRAINT dead_letter_claims_pkey PRIMARY KEY (partition, record_offset);

ALTER TABLE orchestrator.dead_letter_logs ADD CONSTRAINT dead_letter_logs_number_check CHECK ((number >= 0));
ALTER TABLE orchestrator.dead_letter_logs ADD CONSTRAINT dead_letter_logs_pkey PRIMARY KEY (partition, number);

ALTER TABLE orchestrator.dead_letters ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (partition, record_offset);

ALTER TABLE orchestrator.engines ADD CONSTRAINT engines_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.erasures ADD CONSTRAINT erasures_check CHECK (((state = 'done'::text) = (customer_id IS NULL)));
ALTER TABLE orchestrator.erasures ADD CONSTRAINT erasures_check1 CHECK (((state = 'done'::text) = (ended_at IS NOT NULL)));
ALTER TABLE orchestrator.erasures ADD CONSTRAINT erasures_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text])));
ALTER TABLE orchestrator.erasures ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);
ALTER TABLE orchestrator.erasures ADD CONSTRAINT erasures_subject_key UNIQUE (subject);

ALTER TABLE orchestrator.journal ADD CONSTRAINT journal_pkey PRIMARY KEY (saga_id, message_id);

ALTER TABLE orchestrator.orders ADD CONSTRAINT orders_amount_check CHECK ((amount >= 0));
ALTER TABLE orchestrator.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.retention ADD CONSTRAINT retention_kind_check CHECK ((kind = ANY (ARRAY['orders'::text, 'movements'::text])));
ALTER TABLE orchestrator.retention ADD CONSTRAINT retention_pkey PRIMARY KEY (kind, month);

ALTER TABLE orchestrator.sagas ADD CONSTRAINT sagas_status_check CHECK ((status = ANY (ARRAY['running'::text, 'compensating'::text, 'completed'::text, 'failed'::text])));
ALTER TABLE orchestrator.sagas ADD CONSTRAINT sagas_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.saved_views ADD CONSTRAINT saved_views_pkey PRIMARY KEY (id);

ALTER TABLE orchestrator.unmatched ADD CONSTRAINT unmatched_pkey PRIMARY KEY (saga_id, message_id);

ALTER TABLE payment.checkpoints ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (name);

ALTER TABLE payment.gateway_paces ADD CONSTRAINT gateway_paces_learned_check CHECK ((learned > (0)::double precision));
ALTER TABLE payment.gateway_paces ADD CONSTRAINT gateway_paces_pkey PRIMARY KEY (gateway);

ALTER TABLE payment.inbox ADD CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['tombstone'::text, 'open'::text, 'answered'::text])));
ALTER TABLE payment.inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE payment.incidents ADD CONSTRAINT incidents_pkey PRIMARY KEY (saga_id, incident_id);

ALTER TABLE payment.intents ADD CONSTRAINT intents_amount_check CHECK ((amount >= 0));
ALTER TABLE payment.intents ADD CONSTRAINT intents_check CHECK (((undone_at IS NULL) OR (outcome = 'charged'::text)));
ALTER TABLE payment.intents ADD CONSTRAINT intents_goal_check CHECK ((goal = ANY (ARRAY['charge'::text, 'settle'::text, 'undo'::text])));
ALTER TABLE payment.intents ADD CONSTRAINT intents_outcome_check CHECK ((outcome = ANY (ARRAY['open'::text, 'charged'::text, 'declined'::text])));
ALTER TABLE payment.intents ADD CONSTRAINT intents_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE payment.reversals ADD CONSTRAINT reversals_amount_check CHECK ((amount >= 0));
ALTER TABLE payment.reversals ADD CONSTRAINT reversals_kind_check CHECK ((kind = ANY (ARRAY['refund'::text, 'dispute'::text])));
ALTER TABLE payment.reversals ADD CONSTRAINT reversals_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'settled'::text, 'failed'::text])));
ALTER TABLE payment.reversals ADD CONSTRAINT reversals_pkey PRIMARY KEY (saga_id, reversal_id);

ALTER TABLE payment.undos ADD CONSTRAINT undos_type_check CHECK ((type = ANY (ARRAY['payment.refund'::text, 'payment.revoke'::text])));
ALTER TABLE payment.undos ADD CONSTRAINT undos_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE shipping.inbox ADD CONSTRAINT inbox_state_check CHECK ((state = ANY (ARRAY['tombstone'::text, 'open'::text, 'answered'::text])));
ALTER TABLE shipping.inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (saga_id, command_id);

ALTER TABLE shipping.shipments ADD CONSTRAINT shipments_state_check CHECK ((state = ANY (ARRAY['prepared'::text, 'cancelled'::text, 'handed-over'::text])));
ALTER TABLE shipping.shipments ADD CONSTRAINT shipments_pkey PRIMARY KEY (saga_id, command_id);

CREATE UNIQUE INDEX campaigns_created_by_idempotency_key_key ON coupon.campaigns USING btree (created_by, idempotency_key);

CREATE UNIQUE INDEX coupons_redeemed_by_key ON coupon.coupons USING btree (redeemed_by) WHERE (redeemed_by IS NOT NULL);

CREATE INDEX api_keys_created_idx ON identity.api_keys USING btree (created_at DESC, id DESC);

CREATE INDEX ended_tokens_ended_idx ON identity.ended_tokens USING btree (ended_at DESC, id DESC);
CREATE INDEX ended_tokens_expires_idx ON identity.ended_tokens USING btree (expires_at);

CREATE INDEX mails_deferred_idx ON ONLY notification.mails USING btree (next_try_at) WHERE (state = 'deferred'::text);

CREATE INDEX actions_action_seq_idx ON orchestrator.actions USING btree (action, seq);
CREATE UNIQUE INDEX actions_actor_idempotency_key_key ON orchestrator.actions USING btree (actor, idempotency_key);
CREATE INDEX actions_batch_id_seq_idx ON orchestrator.actions USING btree (batch_id, seq);
CREATE INDEX actions_created_at_idx ON orchestrator.actions USING btree (created_at);
CREATE INDEX actions_saga_id_idx ON orchestrator.actions USING btree (saga_id);
CREATE INDEX actions_waiting_idx ON orchestrator.actions USING btree (due_at) WHERE (state = 'waiting'::text);

CREATE INDEX batch_items_open_idx ON orchestrator.batch_items USING btree (batch_id, state, number) WHERE (state <> 'ended'::text);

CREATE INDEX batches_created_idx ON orchestrator.batches USING btree (created_at DESC, id DESC);
CREATE INDEX batches_due_idx ON orchestrator.batches USING btree (due_at) WHERE ((state = 'running'::text) OR (state = 'stopped'::text));
CREATE INDEX batches_ended_idx ON orchestrator.batches USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE UNIQUE INDEX brakes_in_force_key ON orchestrator.brakes USING btree (holds) WHERE (released_at IS NULL);
CREATE INDEX brakes_set_idx ON orchestrator.brakes USING btree (set_at DESC, id DESC);

CREATE INDEX dead_letters_content_idx ON orchestrator.dead_letters USING btree (origin_topic, md5(value));
CREATE INDEX dead_letters_group_idx ON orchestrator.dead_letters USING btree (group_id, parked_at);
CREATE INDEX dead_letters_saga_id_idx ON orchestrator.dead_letters USING btree (saga_id);

CREATE UNIQUE INDEX erasures_action_id_key ON orchestrator.erasures USING btree (action_id);
CREATE INDEX erasures_waiting_idx ON orchestrator.erasures USING btree (requested_at) WHERE (state = 'waiting'::text);

CREATE INDEX journal_position_idx ON ONLY orchestrator.journal USING btree (xid, saga_id, version) WHERE (xid IS NOT NULL);

CREATE INDEX orders_customer_id_id_idx ON orchestrator.orders USING btree (customer_id, id);
CREATE UNIQUE INDEX orders_customer_id_idempotency_key_key ON orchestrator.orders USING btree (customer_id, idempotency_key);

CREATE INDEX sagas_live_idx ON ONLY orchestrator.sagas USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX sagas_paused_idx ON ONLY orchestrator.sagas USING btree (id) WHERE paused;
CREATE INDEX sagas_stuck_idx ON ONLY orchestrator.sagas USING btree (id) WHERE (stuck IS NOT NULL);

CREATE UNIQUE INDEX saved_views_owner_name_key ON orchestrator.saved_views USING btree (owner, name);
CREATE UNIQUE INDEX saved_views_shared_name_key ON orchestrator.saved_views USING btree (name) WHERE shared;

CREATE INDEX incidents_unpublished_idx ON ONLY payment.incidents USING btree (created_at) WHERE (published_at IS NULL);

CREATE INDEX intents_due_idx ON ONLY payment.intents USING btree (gateway, due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX shipments_live_key ON ONLY shipping.shipments USING btree (saga_id) WHERE (state <> 'cancelled'::text);

CREATE TRIGGER actions_are_kept BEFORE DELETE OR TRUNCATE ON orchestrator.actions FOR EACH STATEMENT EXECUTE FUNCTION orchestrator.refuse_audit_change();

CREATE TRIGGER actions_erased_by_entry BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN (((old.actor IS DISTINCT FROM new.actor) OR (old.reason IS DISTINCT FROM new.reason) OR ((old.params)::text IS DISTINCT FROM (new.params)::text) OR (old.idempotency_key IS DISTINCT FROM new.idempotency_key) OR (old.erased_by IS DISTINCT FROM new.erased_by))) EXECUTE FUNCTION orchestrator.check_audit_erasure();

CREATE TRIGGER actions_never_change BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.seq IS DISTINCT FROM new.seq) OR (old.saga_id IS DISTINCT FROM new.saga_id) OR (old.batch_id IS DISTINCT FROM new.batch_id) OR (old.action IS DISTINCT FROM new.action) OR (old.revision IS DISTINCT FROM new.revision) OR (old.role IS DISTINCT FROM new.role) OR (old.created_at IS DISTINCT FROM new.created_at) OR (old.previous_hash IS DISTINCT FROM new.previous_hash) OR (old.hash IS DISTINCT FROM new.hash))) EXECUTE FUNCTION orchestrator.refuse_audit_change();

CREATE TRIGGER actions_plan_never_changes BEFORE UPDATE ON orchestrator.actions FOR EACH ROW WHEN ((old.plan_hash IS DISTINCT FROM new.plan_hash)) EXECUTE FUNCTION orchestrator.refuse_audit_change();
