-- Renames tables, columns and the words inside stored messages to the field's terms, once, before the first release:
-- tickets → pending, trouble → last_failure, watch → sweep_state, look_at → due_at, strays → unmatched, decided →
-- checkpoints, the command `void` → `revoke`, its inbox row → `tombstone`, its finding → `not-executed`, a timer's
-- arming → generation. Live sagas go on where they stood. Stop every process first. Messages still on the topics in the
-- old words are parked, and whatever they asked for is sent again.

-- Tables and columns.
ALTER TABLE orchestrator.sagas RENAME COLUMN tickets TO pending;
ALTER TABLE orchestrator.sagas RENAME COLUMN trouble TO last_failure;
ALTER TABLE orchestrator.sagas RENAME COLUMN watch TO sweep_state;
ALTER TABLE orchestrator.sagas RENAME COLUMN looks TO checks;
ALTER TABLE orchestrator.sagas RENAME COLUMN look_at TO due_at;
ALTER TABLE orchestrator.actions RENAME COLUMN looks TO checks;
ALTER TABLE orchestrator.actions RENAME COLUMN look_at TO due_at;
ALTER TABLE orchestrator.dead_letters RENAME COLUMN sent_again_at TO resent_at;
ALTER TABLE orchestrator.strays RENAME TO unmatched;
ALTER TABLE orchestrator.unmatched RENAME CONSTRAINT strays_pkey TO unmatched_pkey;
ALTER TABLE payment.intents RENAME COLUMN trouble TO last_failure;
ALTER TABLE payment.intents RENAME COLUMN look_at TO due_at;
ALTER TABLE coupon.decided RENAME TO checkpoints;
ALTER TABLE coupon.checkpoints RENAME CONSTRAINT decided_pkey TO checkpoints_pkey;
ALTER TABLE coupon.checkpoints RENAME CONSTRAINT decided_next_offset_check TO checkpoints_next_offset_check;

-- The names of a partition's indexes come from the column names its parent's index was made with: made anew.
DROP INDEX orchestrator.sagas_live_idx;
CREATE INDEX sagas_live_idx ON orchestrator.sagas (due_at) WHERE due_at IS NOT NULL;
DROP INDEX orchestrator.actions_waiting_idx;
CREATE INDEX actions_waiting_idx ON orchestrator.actions (due_at) WHERE state = 'waiting';
DROP INDEX payment.intents_due_idx;
CREATE INDEX intents_due_idx ON payment.intents (gateway, due_at) WHERE due_at IS NOT NULL;

-- Month partitions are named after their table, and the next month is looked for by that name.
-- Prisma cuts this script at every semicolon, so those inside the block are written as x3B.
DO E'DECLARE one record\x3B BEGIN
  FOR one IN
    SELECT c.oid::regclass AS name, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN (''r'', ''i'') AND n.nspname = ''orchestrator'' AND c.relname LIKE ''strays\\_%''
  LOOP
    EXECUTE format(''ALTER %s %s RENAME TO %I'', CASE one.relkind WHEN ''r'' THEN ''TABLE'' ELSE ''INDEX'' END, one.name,
      regexp_replace(one.relname, ''^strays_'', ''unmatched_''))\x3B
  END LOOP\x3B
END';

-- Words inside JSON texts, by patterns that only the product's own keys and ids can match.
CREATE FUNCTION orchestrator.in_new_words(old text) RETURNS text LANGUAGE sql IMMUTABLE RETURN
  regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
  regexp_replace(regexp_replace(old,
    '(["/](?:inventory|payment|shipping|coupon)\.)void(ed|Refused)?(?=["#/])', '\1revoke\2', 'g'),
    '\.revokeed(?=")', '.revoked', 'g'),
    '("[^"]*/(?:inventory|payment|shipping|coupon)\.[a-zA-Z]+(?:#[0-9]+)?":)"void"', '\1"not-executed"', 'g'),
    '"found":"void"', '"found":"not-executed"', 'g'),
    '"kind":"void"', '"kind":"revoke"', 'g'),
    '"code":"voided"', '"code":"revoked"', 'g'),
    '"arming":(?=[0-9])', '"generation":', 'g'),
    '"armings":(?=[0-9])', '"generations":', 'g'),
    '"pending":(?=\{"actionId":)', '"deferred":', 'g');

UPDATE orchestrator.sagas SET
  pending = orchestrator.in_new_words(pending::text)::json,
  context = orchestrator.in_new_words(context::text)::json,
  last_failure = orchestrator.in_new_words(last_failure::text)::json,
  sweep_state = replace(regexp_replace(orchestrator.in_new_words(sweep_state::text),
    '"pending":(?=true|false)', '"unread":', 'g'), '"mark":', '"endOffset":')::json;
UPDATE orchestrator.journal SET
  message_id = regexp_replace(message_id, '(?<=/(?:inventory|payment|shipping|coupon)\.)void(?=[#/])', 'revoke'),
  type = regexp_replace(regexp_replace(type, '\.void(ed|Refused)?$', '.revoke\1'), '\.revokeed$', '.revoked'),
  message = orchestrator.in_new_words(message::text)::json,
  change = replace(orchestrator.in_new_words(change::text), '"trouble":{', '"lastFailure":{')::json,
  "out" = orchestrator.in_new_words("out"::text)::json
 WHERE message::text ~ 'void|"arming":' OR change::text ~ 'void|"trouble":' OR "out"::text ~ 'void';
UPDATE orchestrator.unmatched SET
  message_id = regexp_replace(message_id, '(?<=/(?:inventory|payment|shipping|coupon)\.)void(?=[#/])', 'revoke'),
  type = regexp_replace(regexp_replace(type, '\.void(ed|Refused)?$', '.revoke\1'), '\.revokeed$', '.revoked'),
  reason = replace(reason, 'being-voided', 'being-revoked'),
  message = orchestrator.in_new_words(message::text)::json
 WHERE message::text ~ 'void|"arming":' OR reason = 'being-voided';

-- The participants' inboxes: state, and the recorded replies, which are repeated byte for byte.
ALTER TABLE inventory.inbox DROP CONSTRAINT inbox_state_check;
ALTER TABLE payment.inbox DROP CONSTRAINT inbox_state_check;
ALTER TABLE shipping.inbox DROP CONSTRAINT inbox_state_check;
ALTER TABLE coupon.inbox DROP CONSTRAINT inbox_state_check;
UPDATE inventory.inbox SET state = replace(state, 'void', 'tombstone'), type = regexp_replace(type, '\.void$', '.revoke'),
  command_id = regexp_replace(command_id, '\.void(#[0-9]+)?$', '.revoke\1'), reply = orchestrator.in_new_words(reply::text)::json
 WHERE state = 'void' OR type LIKE '%.void' OR reply::text ~ 'void';
UPDATE payment.inbox SET state = replace(state, 'void', 'tombstone'), type = regexp_replace(type, '\.void$', '.revoke'),
  command_id = regexp_replace(command_id, '\.void(#[0-9]+)?$', '.revoke\1'), reply = orchestrator.in_new_words(reply::text)::json
 WHERE state = 'void' OR type LIKE '%.void' OR reply::text ~ 'void';
UPDATE shipping.inbox SET state = replace(state, 'void', 'tombstone'), type = regexp_replace(type, '\.void$', '.revoke'),
  command_id = regexp_replace(command_id, '\.void(#[0-9]+)?$', '.revoke\1'), reply = orchestrator.in_new_words(reply::text)::json
 WHERE state = 'void' OR type LIKE '%.void' OR reply::text ~ 'void';
UPDATE coupon.inbox SET state = replace(state, 'void', 'tombstone'), type = regexp_replace(type, '\.void$', '.revoke'),
  command_id = regexp_replace(command_id, '\.void(#[0-9]+)?$', '.revoke\1'), reply = orchestrator.in_new_words(reply::text)::json
 WHERE state = 'void' OR type LIKE '%.void' OR reply::text ~ 'void';
ALTER TABLE inventory.inbox ADD CONSTRAINT inbox_state_check CHECK (state IN ('tombstone', 'open', 'answered'));
ALTER TABLE payment.inbox ADD CONSTRAINT inbox_state_check CHECK (state IN ('tombstone', 'open', 'answered'));
ALTER TABLE shipping.inbox ADD CONSTRAINT inbox_state_check CHECK (state IN ('tombstone', 'open', 'answered'));
ALTER TABLE coupon.inbox ADD CONSTRAINT inbox_state_check CHECK (state IN ('tombstone', 'open', 'answered'));

-- Payment's undos that wait for an intent.
ALTER TABLE payment.undos DROP CONSTRAINT undos_type_check;
UPDATE payment.undos SET type = regexp_replace(type, '\.void$', '.revoke'),
  command_id = regexp_replace(command_id, '\.void(#[0-9]+)?$', '.revoke\1'), names = orchestrator.in_new_words(names::text)::json
 WHERE type = 'payment.void' OR names::text ~ '"void"';
ALTER TABLE payment.undos ADD CONSTRAINT undos_type_check CHECK (type IN ('payment.refund', 'payment.revoke'));

DROP FUNCTION orchestrator.in_new_words(text);
