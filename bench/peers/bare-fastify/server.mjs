/**
 * What HTTP and JSON alone cost: Fastify with its defaults answers the bytes that Sealpost answered once, after it has
 * parsed the request, and does nothing else. BENCH_ANSWERS holds them: { send: string, keys: string }.
 */
import fastify from 'fastify';

const answers = JSON.parse(process.env.BENCH_ANSWERS ?? '{}');
const JSON_TYPE = 'application/json; charset=utf-8';

const app = fastify();
app.post('/v1/messages', (_request, reply) => reply.code(201).type(JSON_TYPE).send(answers.send));
app.get('/v1/users/:id/keys/newest', (_request, reply) => reply.type(JSON_TYPE).send(answers.keys));

console.log(await app.listen({ host: '127.0.0.1', port: 0 }));

process.once('SIGTERM', () => void app.close());
