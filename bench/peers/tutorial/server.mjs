/**
 * The stack of most tutorials, written as a good one would: Express 5, Prisma, jsonwebtoken, zod. Nothing is slowed
 * down and nothing left out that such a tutorial has; the pool is as large as Sealpost's, and it runs in production
 * mode. JWT_KEY_OBJECT=1 prepares the secret once instead of giving it to each verification as a string.
 */
import { createSecretKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import express from 'express';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

const { DATABASE_URL, JWT_SECRET = '', JWT_KEY_OBJECT } = process.env;
const { PrismaClient } = createRequire(import.meta.url)('../../../dist/bench/tutorial-client');

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: DATABASE_URL, max: 10 }) });
const secret = JWT_KEY_OBJECT === '1' ? createSecretKey(Buffer.from(JWT_SECRET)) : JWT_SECRET;

const NewMessage = z.object({
  conversationId: z.uuid(),
  recipientId: z.uuid(),
  senderKeyVersion: z.number().int().positive(),
  recipientKeyVersion: z.number().int().positive(),
  ciphertext: z.base64().max(350_000),
  nonce: z.base64().length(32),
});

const InboxQuery = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

function authenticate(request, response, next) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    response.status(401).json({ error: 'Missing token' });
    return;
  }
  try {
    response.locals.userId = jwt.verify(token, secret, { algorithms: ['HS256'] }).sub;
  } catch {
    response.status(401).json({ error: 'Invalid token' });
    return;
  }
  next();
}

const app = express();
app.use(express.json());

app.post('/messages', authenticate, async (request, response) => {
  const parsed = NewMessage.safeParse(request.body);
  if (!parsed.success) {
    response.status(400).json({ error: z.treeifyError(parsed.error) });
    return;
  }
  const message = await prisma.message.create({ data: { ...parsed.data, senderId: response.locals.userId } });
  response.status(201).json(message);
});

app.get('/messages', authenticate, async (request, response) => {
  const parsed = InboxQuery.safeParse(request.query);
  if (!parsed.success) {
    response.status(400).json({ error: z.treeifyError(parsed.error) });
    return;
  }
  const { cursor, limit } = parsed.data;
  const messages = await prisma.message.findMany({
    where: { recipientId: response.locals.userId },
    orderBy: { createdAt: 'asc' },
    take: limit,
    ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
  });
  response.json({ messages, nextCursor: messages.at(-1)?.id ?? null });
});

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void prisma.$disconnect();
});
