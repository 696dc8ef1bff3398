-- Tickets are watched, and helpdesks may ring: which ticket is whose, by which door they come, what rang already.

CREATE TABLE ticket (
    workspace TEXT NOT NULL,
    helpdesk TEXT NOT NULL,
    id TEXT NOT NULL,
    url TEXT,
    reference TEXT,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    n INTEGER NOT NULL,
    status TEXT NOT NULL,
    version {big} NOT NULL,
    sent_upto {big} NOT NULL,
    sending_upto {big} NOT NULL,
    news_at {big} NOT NULL,
    looks INTEGER NOT NULL,
    PRIMARY KEY (conversation, n)
);
CREATE INDEX ticket_id ON ticket (workspace, helpdesk, id);

CREATE TABLE hook (
    workspace TEXT NOT NULL REFERENCES workspace (id),
    source TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    sealed {blob} NOT NULL,
    made_at {big} NOT NULL,
    seen_at {big},
    PRIMARY KEY (workspace, source)
);

CREATE TABLE inbound (
    workspace TEXT NOT NULL,
    source TEXT NOT NULL,
    event TEXT NOT NULL,
    received_at {big} NOT NULL,
    PRIMARY KEY (workspace, source, event)
);
CREATE INDEX inbound_received ON inbound (received_at);
