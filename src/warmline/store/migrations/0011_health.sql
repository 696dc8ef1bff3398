-- What a connection's last check said, step by step.

ALTER TABLE integration ADD COLUMN health TEXT;
ALTER TABLE integration ADD COLUMN health_at {big};
