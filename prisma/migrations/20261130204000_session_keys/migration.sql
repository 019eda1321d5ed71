-- Sessions that are bound to a key of the client, and new devices that commit to one.
-- AlterTable
ALTER TABLE "device_requests" ADD COLUMN     "session_key" BYTEA;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "key_thumbprint" BYTEA;
