-- The logs that followed one another under the name dead-letters, by partition. `dead_letters.record_offset` holds the log's number above
-- its lowest 40 bits: a topic that was deleted and created anew uses its offsets again. All that is stored already is of log 0.
CREATE TABLE orchestrator.dead_letter_logs (
  partition integer NOT NULL,
  number integer NOT NULL CHECK (number >= 0),
  topic_id text,
  noted_at timestamptz(3) NOT NULL,
  PRIMARY KEY (partition, number)
);
