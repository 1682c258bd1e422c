-- How often the same bytes of a topic were parked: the guard against sending them round and round.
CREATE INDEX dead_letters_content_idx ON orchestrator.dead_letters (origin_topic, md5(value));
