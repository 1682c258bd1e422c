-- Keys of backends. Every API reads them, the order API alone writes them. The key itself is in no row: only its hash.
CREATE SCHEMA IF NOT EXISTS identity;
CREATE TABLE identity.api_keys (
  id text PRIMARY KEY,
  holder text NOT NULL,
  role text NOT NULL CONSTRAINT api_keys_role_check CHECK (role IN ('service')),
  hash bytea NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3),
  revoked_by text
);
CREATE INDEX api_keys_created_idx ON identity.api_keys (created_at DESC, id DESC);
