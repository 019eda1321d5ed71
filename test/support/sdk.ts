import { randomBytes } from 'node:crypto';
import {
  MemoryStorage,
  Sealpost,
  type ClientStorage,
  type Fetch,
  type InboxEntry,
  type InboxMessage,
  type InboxOptions,
  type InboxReceipt,
  type KeyRotation,
  type RefusedEntry,
} from '@sealpost/client';
import {
  encodeBase64Url,
  MESSAGE_SUITES,
  requireBase64Url,
  type InboxJson,
  type MailboxEntryJson,
  type MessageSuite,
} from '@sealpost/protocol';
import { freshPassword } from './quick-passwords.js';
import { chainOfPin, type ChainPin } from '../../packages/client/src/trust/chain-pin.js';
import type { KeyChain } from '../../packages/client/src/trust/chain.js';
import type { RunningServer } from './server.js';

/** One person, with the device on which they registered. */
export interface Person {
  readonly client: Sealpost;
  readonly loginId: string;
  readonly password: string;
  readonly storage: MemoryStorage;
  readonly recoveryWords: string;
}

export interface DeviceOptions {
  readonly fetch?: Fetch;
  readonly storage?: ClientStorage;
  readonly keyRotation?: KeyRotation;
  readonly acceptSuites?: readonly MessageSuite[];
  readonly now?: () => number;
}

/** Nobody in a test should wait for the pauses that people would not notice. */
const FAST_RETRIES = { firstDelayMs: 5, longestDelayMs: 50 } as const;

/** Where clients find a service. */
type Address = Pick<RunningServer, 'url' | 'serviceId'>;

/** These clients open every suite, which a client does only where its program asks for it. */
function clientOptions(server: Address, options: DeviceOptions) {
  const service = { url: server.url, serviceId: server.serviceId };
  return { service, retry: FAST_RETRIES, acceptSuites: MESSAGE_SUITES, ...options };
}

/** A new user whose loginId begins with `name`. */
export async function newPerson(server: RunningServer, name: string, options: DeviceOptions = {}): Promise<Person> {
  const loginId = `${name}-${randomBytes(5).toString('hex')}`;
  const password = freshPassword(name);
  const storage = new MemoryStorage();
  const registered = await Sealpost.register({
    storage,
    ...clientOptions(server, options),
    loginId,
    password,
    sessionName: `${name}'s first device`,
  });
  return { ...registered, loginId, password, storage };
}

/** One new user after the other. */
export async function newPeople(server: RunningServer, names: readonly string[]): Promise<Person[]> {
  const made: Person[] = [];
  for (const name of names) made.push(await newPerson(server, name));
  return made;
}

/** What a user's client has pinned of somebody's keys. */
export async function pinnedChain(person: Person, userId: string): Promise<KeyChain> {
  return chainOfPin(JSON.parse((await person.storage.get(`chain/${userId}`)) ?? 'null') as ChainPin);
}

/** Lets a contact through whose keys begin anew, as a user does who has talked to them. */
export async function acceptKeys(client: Sealpost, user: string): Promise<void> {
  const { warning } = await client.contacts.get(user);
  if (warning === undefined) throw new Error('There is nothing to accept');
  await client.contacts.accept(warning);
}

/** The user on another device, which knows nothing but the password. */
export async function newDevice(server: RunningServer, person: Person, options: DeviceOptions = {}): Promise<Sealpost> {
  const { loginId, password } = person;
  return Sealpost.open({ ...clientOptions(server, options), loginId, password, sessionName: 'another device' });
}

/** The device after a restart of its program, perhaps behind another network. */
export async function restarted(server: Address, person: Person, options: DeviceOptions = {}): Promise<Sealpost> {
  return Sealpost.open({ ...clientOptions(server, options), storage: person.storage.reopen() });
}

/** What a user does with recovery words that a test does not look at. */
export async function writtenDown(): Promise<void> {
  // They are on paper now.
}

export async function readInbox(client: Sealpost, options?: InboxOptions): Promise<InboxEntry[]> {
  const entries: InboxEntry[] = [];
  for await (const entry of client.inbox(options)) entries.push(entry);
  return entries;
}

/** The text of a message, or why it was refused. */
export function outcomeOf(entry: InboxEntry): string | undefined {
  if (entry.kind === 'refused') return entry.error.code;
  return entry.kind === 'message' ? entry.text : entry.receipt;
}

/** The messages of the inbox; any other entry fails the test. */
export async function readMessages(client: Sealpost, options?: InboxOptions): Promise<InboxMessage[]> {
  return (await readInbox(client, options)).map((entry) => {
    if (entry.kind === 'message') return entry;
    const cause = entry.kind === 'refused' ? entry.error : undefined;
    throw new Error(`Entry ${entry.sequence} is no message: ${entry.kind}`, { cause });
  });
}

export async function readTexts(client: Sealpost, options?: InboxOptions): Promise<(string | undefined)[]> {
  return (await readMessages(client, options)).map(({ text }) => text);
}

export function refusedOf(entries: readonly InboxEntry[]): RefusedEntry[] {
  return entries.filter((entry) => entry.kind === 'refused');
}

export function receiptsOf(entries: readonly InboxEntry[]): InboxReceipt[] {
  return entries.filter((entry) => entry.kind === 'receipt');
}

export interface SeenExchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

export function exchangeOf(input: Parameters<Fetch>[0], init: RequestInit | undefined): SeenExchange {
  const url = new URL(input instanceof Request ? input.url : input);
  const body = typeof init?.body === 'string' ? init.body : '';
  return { method: init?.method ?? 'GET', path: `${url.pathname}${url.search}`, body };
}

/** Passes requests on and writes down what left the client. */
export function recording(seen: SeenExchange[]): Fetch {
  return async (input, init) => {
    seen.push(exchangeOf(input, init));
    return fetch(input, init);
  };
}

/** A server that lies: `change` gets each JSON answer of the routes that match, and gives what the client is to see. */
export function lying(route: RegExp, change: (answer: never, exchange: SeenExchange) => unknown): Fetch {
  return async (input, init) => {
    const exchange = exchangeOf(input, init);
    const response = await fetch(input, init);
    if (!route.test(`${exchange.method} ${exchange.path}`) || !response.ok) return response;
    const changed = change((await response.json()) as never, exchange);
    return new Response(JSON.stringify(changed), { status: response.status, headers: response.headers });
  };
}

/** A mailbox that the server has changed; the pages behind the last message stay empty. */
export function lyingMailbox(change: (entries: MailboxEntryJson[]) => readonly unknown[]): Fetch {
  return lying(/GET \/v1\/messages\?/, (page: InboxJson) =>
    page.items.length === 0 ? page : reaching({ ...page, items: change([...page.items]) }),
  );
}

/** A page whose mailbox ends where its entries do, wherever that is. */
function reaching(page: Omit<InboxJson, 'items'> & { readonly items: readonly unknown[] }): unknown {
  const sequences = page.items.map((entry) => Number((entry as Partial<MailboxEntryJson>).sequence));
  return { ...page, lastSequence: Math.max(page.lastSequence, ...sequences.filter(Number.isSafeInteger)) };
}

/**
 * A network that carries requests of these routes to the server, and loses the first `count` answers. Those that only ask for
 * a proof with a nonce arrive: nothing was done.
 */
export function losing(route: RegExp, count: number): Fetch {
  let left = count;
  return async (input, init) => {
    const { method, path } = exchangeOf(input, init);
    const response = await fetch(input, init);
    if (left === 0 || response.status === 401 || !route.test(`${method} ${path}`)) return response;
    left--;
    await response.arrayBuffer();
    throw new TypeError('fetch failed: the connection was cut');
  };
}

/** The base64url text with one bit of its last byte turned over. */
export function flipLast(text: string): string {
  const bytes = requireBase64Url(text, 'text');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return encodeBase64Url(bytes);
}
