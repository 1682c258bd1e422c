-- Tokens that an admin ended before they expire: one by its id, or all that a subject was issued until then. Every API reads them, the
-- order API alone writes them. `id` is that of the audit's entry. After `expires_at` every token that a row ends has expired, and the
-- row is deleted.
CREATE TABLE identity.ended_tokens (
  id uuid PRIMARY KEY,
  subject text,
  token_id text,
  ended_at timestamptz(3) NOT NULL,
  ended_by text NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT ended_tokens_one_of_two_check CHECK ((subject IS NULL) <> (token_id IS NULL))
);
CREATE INDEX ended_tokens_ended_idx ON identity.ended_tokens (ended_at DESC, id DESC);
CREATE INDEX ended_tokens_expires_idx ON identity.ended_tokens (expires_at);
