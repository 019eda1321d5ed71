-- The plainest schema for messages to several people: each message once, each recipient a row that leads to it; the types that
-- PostgreSQL has for it, no index that the two lists do not need, no number of an entry and no state of a mailbox.
CREATE TABLE message (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    ciphertext bytea NOT NULL
);
CREATE INDEX ON message (conversation_id, created_at);
CREATE TABLE delivery (
    recipient_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    message_id uuid NOT NULL REFERENCES message (id),
    PRIMARY KEY (recipient_id, created_at, message_id)
);
