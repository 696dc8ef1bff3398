-- A restore begins a new life of the database: what was sent since the backup was made is unknown to it.

CREATE TABLE incarnation (
    number INTEGER PRIMARY KEY,
    at {big} NOT NULL
);
ALTER TABLE conversation ADD COLUMN restored INTEGER NOT NULL DEFAULT 0;
