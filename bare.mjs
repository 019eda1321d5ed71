import Fastify from 'fastify'; const f=Fastify(); const ans={id:'018f4e7e-7b7a-7c3e-9c5c-0000000000e3',receivedAt:1790000300000,deliveries:[{userId:'018f4e7e-7b7a-7c3e-9c5c-00000000000b',sequence:123}]};
f.post('/v1/messages',(q,r)=>{r.code(201);return ans;}); await f.listen({port:+process.argv[2]}); 
