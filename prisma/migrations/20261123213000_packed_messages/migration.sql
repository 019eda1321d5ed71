-- Smaller rows and fewer indexes: what each message costs on disk, and what each delivery has to write.

ALTER TABLE "mailboxes" ADD COLUMN "messages" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "bytes" BIGINT NOT NULL DEFAULT 0;
UPDATE "mailboxes"
   SET "messages" = "held"."messages", "bytes" = "held"."bytes"
  FROM (
    SELECT "entry"."user_id", count(*) AS "messages", sum(octet_length("message"."ciphertext")) AS "bytes"
      FROM "mailbox_entries" AS "entry"
      JOIN "messages" AS "message" ON "message"."id" = "entry"."message_id"
     GROUP BY "entry"."user_id"
  ) AS "held"
 WHERE "mailboxes"."user_id" = "held"."user_id";
ALTER TABLE "mailboxes"
    ALTER COLUMN "messages" DROP DEFAULT,
    ALTER COLUMN "bytes" DROP DEFAULT,
    ADD CONSTRAINT "mailboxes_contents" CHECK ("messages" >= 0 AND "bytes" >= 0);

ALTER TABLE "messages" RENAME TO "messages_before";
ALTER TABLE "mailbox_entries" RENAME TO "mailbox_entries_before";

CREATE TABLE "messages" (
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "sweep_at" TIMESTAMPTZ(3),
    "id" UUID NOT NULL,
    "sender_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "sender_key_version" INTEGER NOT NULL,
    "suite" SMALLINT NOT NULL,
    "recipients" BYTEA NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "nonce" BYTEA,
    "ciphertext" BYTEA
);

-- Ciphertext does not compress: do not try.
ALTER TABLE "messages" ALTER COLUMN "ciphertext" SET STORAGE EXTERNAL;

INSERT INTO "messages"
SELECT "received_at", "expires_at", "sweep_at", "id", "sender_id", "conversation_id", "sender_key_version", "suite",
       (SELECT string_agg(uuid_send("user_id") || int4send("key_version") || int8send("sequence"), ''::bytea ORDER BY "position")
          FROM unnest("recipient_ids", "key_versions", "sequences")
          WITH ORDINALITY AS "recipient" ("user_id", "key_version", "sequence", "position")),
       "content_hash", "nonce", "ciphertext"
  FROM "messages_before";

CREATE TABLE "mailbox_entries" (
    "sequence" BIGINT NOT NULL,
    "user_id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL
);

INSERT INTO "mailbox_entries"
SELECT "sequence", "user_id", "message_id", "conversation_id" FROM "mailbox_entries_before";

DROP TABLE "mailbox_entries_before";
DROP TABLE "messages_before";

ALTER TABLE "messages" ADD CONSTRAINT "messages_pkey" PRIMARY KEY ("id");
ALTER TABLE "messages"
    ADD CONSTRAINT "messages_recipients" CHECK (octet_length("recipients") > 0 AND octet_length("recipients") % 28 = 0);
ALTER TABLE "mailbox_entries" ADD CONSTRAINT "mailbox_entries_pkey" PRIMARY KEY ("user_id", "sequence");

-- Only messages that expire, and those without a body.
CREATE INDEX "messages_sweep_at_idx" ON "messages"("sweep_at") WHERE "sweep_at" IS NOT NULL;
CREATE INDEX "mailbox_entries_user_id_conversation_id_sequence_idx" ON "mailbox_entries"("user_id", "conversation_id", "sequence");
