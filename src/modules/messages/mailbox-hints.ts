/** The channel of LISTEN and NOTIFY on which replicas tell each other about new entries. */
export const MAILBOX_CHANNEL = 'sealpost_mailboxes';

/** PostgreSQL takes payloads of less than 8,000 bytes. */
const LONGEST_PAYLOAD = 7900;

const HINT = /^([0-9a-f-]{36}):([0-9]{1,16})$/;

/** Payloads that carry mailboxes with the newest sequence of each; as few as hold them all. */
export function hintPayloads(newest: ReadonlyMap<string, number>): string[] {
  const payloads: string[] = [];
  let payload = '';
  for (const [userId, sequence] of newest) {
    const hint = `${userId}:${sequence}`;
    if (payload.length + 1 + hint.length > LONGEST_PAYLOAD) {
      payloads.push(payload);
      payload = '';
    }
    payload = payload === '' ? hint : `${payload} ${hint}`;
  }
  return payload === '' ? payloads : [...payloads, payload];
}

/** Each mailbox of a payload with its sequence. What is not one is left out: a later release may say more, and a hint is never needed. */
export function readHints(payload: string): [string, number][] {
  return payload.split(' ').flatMap((text) => {
    const [, userId, sequence] = HINT.exec(text) ?? [];
    return userId === undefined ? [] : [[userId, Number(sequence)]];
  });
}
