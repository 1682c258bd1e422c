-- Notification's table: a mail that was sent, or refused for good, written afterwards.
CREATE SCHEMA IF NOT EXISTS notification;

CREATE TABLE notification.mails (
  event_id text PRIMARY KEY,
  order_id uuid NOT NULL,
  recipient text NOT NULL,
  state text NOT NULL CHECK (state IN ('sent', 'refused')),
  refusal text,
  at timestamptz(3) NOT NULL
);
