-- Would-be answers that somebody judged, and what shoppers' own words taught: phrasings of an article, or of none.

CREATE TABLE judged (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    conversation TEXT NOT NULL REFERENCES conversation (id),
    seq {big} NOT NULL,
    at {big} NOT NULL,
    by_whom TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    article TEXT,
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX judged_workspace ON judged (workspace, at);

CREATE TABLE phrasing (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    wording TEXT NOT NULL,
    article TEXT NOT NULL,
    at {big} NOT NULL,
    PRIMARY KEY (workspace, wording)
);
