/** What one recipient of many downloads for a short text that the SDK has sent. */
import { Sealpost } from '@sealpost/client';
import { SERVICE_ID } from '../environment/sealpost.mjs';
import { newestPosition } from './contestants.mjs';

/** With the sender, who keeps a copy, these are 100. */
const OTHERS = 99;
const TEXT = 'A hundred letters. '.repeat(6).slice(0, 100);

/**
 * @param {import('../environment/stage.mjs').Stage} stage
 * @returns {Promise<{ bytes: number }>} of the answer, with its head
 */
export async function measureDownload({ sealpost, people }) {
  const [url = ''] = sealpost.urls;
  const service = { url, serviceId: SERVICE_ID };
  const sender = { loginId: 'bench-sender@example.org', password: 'correct horse battery staple' };
  const { client } = await Sealpost.register({ service, ...sender });
  const recipients = people.slice(0, OTHERS);
  const [reader] = recipients;
  if (reader === undefined) throw new Error('Nobody is there who could download');
  const { after } = await newestPosition(url, reader);
  await client.send(
    recipients.map(({ loginId }) => loginId),
    TEXT,
  );
  const response = await fetch(`${url}/v1/messages?after=${after}&limit=50`, {
    headers: { authorization: `Bearer ${reader.token}`, 'accept-encoding': 'identity' },
  });
  const head = [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  const body = await response.arrayBuffer();
  if (!response.ok || !Buffer.from(body).includes('"sequence"')) throw new Error('The message was not there');
  return { bytes: head + body.byteLength };
}
