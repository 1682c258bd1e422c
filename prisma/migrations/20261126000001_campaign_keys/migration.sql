-- The Idempotency-Key a campaign was made under: said again by the same maker it names that campaign. Null: none was given.
ALTER TABLE coupon.campaigns ADD COLUMN idempotency_key text;
CREATE UNIQUE INDEX campaigns_created_by_idempotency_key_key ON coupon.campaigns (created_by, idempotency_key);
