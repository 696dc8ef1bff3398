-- Teammates sign in to the console.

ALTER TABLE teammate ADD COLUMN lang TEXT;

CREATE TABLE session (
    hash TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    teammate TEXT NOT NULL REFERENCES teammate (id),
    also TEXT NOT NULL,
    created_at {big} NOT NULL,
    seen_at {big} NOT NULL
);
CREATE INDEX session_teammate ON session (teammate);

CREATE TABLE sign_in_try (
    mark TEXT NOT NULL,
    minute {big} NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (mark, minute)
);
