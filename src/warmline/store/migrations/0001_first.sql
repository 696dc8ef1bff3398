-- Times are microseconds since 1970 UTC ({big}); JSON is text; every table carries its workspace.

CREATE TABLE sealed (
    name TEXT PRIMARY KEY,
    value {blob} NOT NULL
);

CREATE TABLE workspace (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    identity_keys {blob},
    revision {big} NOT NULL,
    knowledge_revision {big} NOT NULL,
    created_at {big} NOT NULL
);

CREATE TABLE origin (
    origin TEXT NOT NULL,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (origin, workspace)
);

CREATE TABLE integration (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    public TEXT NOT NULL,
    secret {blob},
    paused_why TEXT,
    checked_at {big},
    revision {big} NOT NULL,
    PRIMARY KEY (workspace, name)
);

CREATE TABLE teammate (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    available_until {big},
    created_at {big} NOT NULL,
    UNIQUE (workspace, email)
);

CREATE TABLE api_key (
    hash TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    teammate TEXT NOT NULL REFERENCES teammate (id),
    scopes TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at {big} NOT NULL,
    revoked_at {big}
);

CREATE TABLE link (
    hash TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    expires_at {big} NOT NULL,
    uses_left INTEGER NOT NULL
);

CREATE TABLE visitor (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    identity TEXT,
    email TEXT,
    proof TEXT,
    network TEXT NOT NULL,
    created_at {big} NOT NULL
);

CREATE TABLE visitor_token (
    hash TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    visitor TEXT NOT NULL REFERENCES visitor (id),
    expires_at {big} NOT NULL,
    renewable_until {big} NOT NULL
);
CREATE INDEX visitor_token_visitor ON visitor_token (visitor);

CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    visitor TEXT NOT NULL REFERENCES visitor (id),
    locale TEXT NOT NULL,
    lang TEXT,
    page_url TEXT,
    page_title TEXT,
    network TEXT NOT NULL,
    started_at {big} NOT NULL,
    last_at {big} NOT NULL,
    seq {big} NOT NULL,
    owner TEXT NOT NULL,
    owner_id TEXT,
    owner_name TEXT,
    epoch {big} NOT NULL,
    episode INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    handoff TEXT,
    step TEXT,
    waiting_since {big},
    last_visitor_seq {big} NOT NULL,
    last_question_seq {big} NOT NULL,
    answered_upto {big} NOT NULL,
    restarts INTEGER NOT NULL,
    visitor_seen_at {big},
    mailed_upto {big} NOT NULL
);
CREATE INDEX conversation_visitor ON conversation (visitor);
CREATE INDEX conversation_inbox ON conversation (workspace, is_open, owner, last_at);
CREATE INDEX conversation_last ON conversation (workspace, last_at);
CREATE INDEX conversation_network ON conversation (workspace, network, started_at);

CREATE TABLE event (
    workspace TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    seq {big} NOT NULL,
    at {big} NOT NULL,
    kind TEXT NOT NULL,
    is_public INTEGER NOT NULL,
    visitor TEXT,
    client_key TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
);
CREATE UNIQUE INDEX event_client ON event (conversation, client_key) WHERE client_key IS NOT NULL;
CREATE INDEX event_visitor ON event (visitor, at) WHERE visitor IS NOT NULL;

CREATE TABLE episode (
    workspace TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    n INTEGER NOT NULL,
    started_at {big} NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (conversation, n)
);
CREATE INDEX episode_started ON episode (workspace, started_at);

CREATE TABLE handoff (
    workspace TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    n INTEGER NOT NULL,
    reason TEXT NOT NULL,
    question TEXT,
    helpdesk TEXT NOT NULL,
    step TEXT NOT NULL,
    visitor TEXT NOT NULL,
    network TEXT NOT NULL,
    email TEXT,
    owed_at {big} NOT NULL,
    delivered_at {big},
    profile TEXT,
    PRIMARY KEY (conversation, n)
);
CREATE INDEX handoff_owed ON handoff (workspace, owed_at);

CREATE TABLE effect (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    conversation TEXT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    data TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at {big} NOT NULL,
    due {big} NOT NULL,
    lease_owner TEXT,
    lease_until {big},
    fence {big} NOT NULL,
    tries INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    attempt_at {big},
    attempt_ended_at {big},
    rendered {blob},
    last_error TEXT,
    UNIQUE (workspace, key)
);
CREATE INDEX effect_due ON effect (state, due);
CREATE INDEX effect_conversation ON effect (conversation, kind);

CREATE TABLE attempt (
    workspace TEXT NOT NULL,
    effect TEXT NOT NULL REFERENCES effect (id),
    fence {big} NOT NULL,
    n INTEGER NOT NULL,
    started_at {big} NOT NULL,
    ended_at {big},
    result TEXT,
    PRIMARY KEY (effect, n)
);

CREATE TABLE turn (
    workspace TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    seq {big} NOT NULL,
    at {big} NOT NULL,
    question TEXT NOT NULL,
    lang TEXT NOT NULL,
    decision TEXT NOT NULL,
    confidence DOUBLE PRECISION,
    best TEXT,
    trace TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX turn_decision ON turn (workspace, decision, at);

CREATE TABLE source (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    learned_at {big},
    UNIQUE (workspace, address)
);

CREATE TABLE article (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (id),
    source TEXT NOT NULL REFERENCES source (id),
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    lang TEXT NOT NULL,
    url TEXT,
    page TEXT NOT NULL,
    digest TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    learned_at {big} NOT NULL,
    excluded INTEGER NOT NULL,
    valid_until {big},
    UNIQUE (source, key)
);
CREATE INDEX article_workspace ON article (workspace);

CREATE TABLE chunk (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    headings TEXT NOT NULL,
    text TEXT NOT NULL,
    phrasings TEXT NOT NULL
);
CREATE INDEX chunk_workspace ON chunk (workspace);
CREATE INDEX chunk_article ON chunk (article);

CREATE TABLE vector (
    workspace TEXT NOT NULL,
    model TEXT NOT NULL,
    digest TEXT NOT NULL,
    data {blob} NOT NULL,
    PRIMARY KEY (workspace, model, digest)
);
