import { defineConfig } from 'prisma/config';

// The Prisma CLI looks for its schema engine, an own download, even to generate the client. Any program that exists
// keeps it from asking the network; the server applies migrations itself (src/core/database/README.md).
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://localhost/unused' },
});
