-- Where the shop's widget was seen, and what the Inbox knows of a teammate: when they had it open, and whether they
-- want a mail when somebody waits and nobody has.

CREATE TABLE sighting (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    origin TEXT NOT NULL,
    seen_at {big} NOT NULL,
    PRIMARY KEY (workspace, origin)
);

ALTER TABLE teammate ADD COLUMN inbox_open_at {big};
ALTER TABLE teammate ADD COLUMN alerts INTEGER NOT NULL DEFAULT 1;
CREATE INDEX turn_at ON turn (workspace, at);
