-- Half of the hash tells repetitions apart as well, and one more row of a short message fits into a page.
UPDATE "messages" SET "content_hash" = substring("content_hash" FROM 1 FOR 16) WHERE octet_length("content_hash") > 16;
ALTER TABLE "messages" ADD CONSTRAINT "messages_content_hash" CHECK (octet_length("content_hash") = 16);
