-- How fast each account may be asked, shared by all workers, and who waits in its line.

CREATE TABLE bucket (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    tokens DOUBLE PRECISION NOT NULL,
    at {big} NOT NULL,
    closed_until {big},
    PRIMARY KEY (workspace, name)
);
ALTER TABLE effect ADD COLUMN line TEXT;
CREATE INDEX effect_line ON effect (workspace, line, created_at) WHERE line IS NOT NULL;
