-- One message a transaction, in the tables of Sealpost: the fastest form that keeps its order. The mailbox's row numbers
-- the entry and is the lock, then the message and the entry are stored; all in one prepared statement, without Sealpost's
-- checks of keys and repetitions. Bodies come as parameters, as from any client.
\set recipient random(1, :people)
\set sender random(1, :senders)
WITH numbered AS (
  UPDATE mailboxes SET last_sequence = last_sequence + 1, messages = messages + 1, bytes = bytes + 300
   WHERE user_id = ('01900000-0000-7000-8000-' || lpad(:recipient::text, 12, '0'))::uuid
  RETURNING user_id, last_sequence, uuidv7() AS message_id,
            ('00000000-0000-4000-8000-' || lpad(:sender::text, 6, '0') || lpad(:recipient::text, 6, '0'))::uuid AS conversation_id
), stored AS (
  INSERT INTO messages (id, sender_id, sender_key_version, conversation_id, suite, recipients, content_hash, ciphertext,
                        nonce, received_at)
  SELECT message_id, ('01900000-0000-7000-8000-' || lpad(:sender::text, 12, '0'))::uuid, 1, conversation_id, 2,
         uuid_send(user_id) || int4send(1) || int8send(last_sequence), :hash::bytea, :body::bytea, :nonce::bytea, now()
    FROM numbered
)
INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
SELECT user_id, last_sequence, message_id, conversation_id FROM numbered;
