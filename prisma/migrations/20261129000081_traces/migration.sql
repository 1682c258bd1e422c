-- The W3C trace context of a saga: the caller's, or ours where the saga's spans are recorded. A column without a default is
-- added without a rewrite of the table.
ALTER TABLE orchestrator.sagas ADD COLUMN traceparent text;
