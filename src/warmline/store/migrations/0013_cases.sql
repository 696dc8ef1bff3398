-- Saved cases: questions with the page that is right (or none), and how the last run ended. And where a phrasing was
-- learned, so that it can be forgotten with the conversation.

CREATE TABLE saved_case (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    question TEXT NOT NULL,
    page TEXT NOT NULL,
    conversation TEXT REFERENCES conversation (id),
    seq {big},
    at {big} NOT NULL,
    result TEXT,
    result_before TEXT,
    ran_at {big},
    confidence DOUBLE PRECISION,
    article TEXT,
    target TEXT,
    is_right INTEGER
);
CREATE UNIQUE INDEX saved_case_question ON saved_case (workspace, question);
CREATE INDEX saved_case_conversation ON saved_case (conversation);

ALTER TABLE phrasing ADD COLUMN conversation TEXT;
CREATE INDEX phrasing_conversation ON phrasing (conversation);
