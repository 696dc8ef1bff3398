-- Calls to a language model: what each may cost while it runs, and what it has cost. In millionths of a US dollar.

CREATE TABLE model_call (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    conversation TEXT REFERENCES conversation (id),
    at {big} NOT NULL,
    model TEXT NOT NULL,
    read_tokens {big} NOT NULL,
    written_tokens {big} NOT NULL,
    micros {big} NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX model_call_day ON model_call (workspace, at);
CREATE INDEX model_call_conversation ON model_call (conversation);
