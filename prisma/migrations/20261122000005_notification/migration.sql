-- Notification's table: a mail that was sent, refused for good or put off, written afterwards.
CREATE SCHEMA IF NOT EXISTS notification;

CREATE TABLE notification.mails (
  event_id text PRIMARY KEY,
  order_id uuid NOT NULL,
  recipient text NOT NULL,
  at timestamptz(3) NOT NULL,
  state text NOT NULL CHECK (state IN ('sent', 'refused', 'deferred')),
  answer text,
  attempts int NOT NULL DEFAULT 1,
  -- Only while it is deferred: what to send, and when to try again.
  letter json,
  next_try_at timestamptz(3),
  CHECK ((state = 'deferred') = (next_try_at IS NOT NULL AND letter IS NOT NULL))
);
CREATE INDEX mails_deferred_idx ON notification.mails (next_try_at) WHERE state = 'deferred';
