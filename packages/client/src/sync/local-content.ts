import { chainOfPin } from '../trust/chain-pin.js';
import type { TrustStates } from '../contacts/trust-states.js';
import { writtenTo } from '../envelope/stream-sending.js';
import type { KeyChain } from '../trust/chain.js';
import { compactSharedTrust, sharedTrustOf } from '../trust/shared-trust.js';
import { listOpened, noteOpened } from '../state/opened-entries.js';
import {
  Changes,
  contactKey,
  handleKey,
  knownHandleKey,
  knownUserKey,
  type ClientState,
} from '../state/client-state.js';
import type { HandleRecord, InboxRecord } from '../state/records.js';
import type { StreamsStore } from '../state/streams-store.js';
import {
  type Choice,
  EMPTY_USER,
  mergeHandles,
  mergeUsers,
  type SharedHandle,
  type SharedUser,
} from '../trust/shared-trust.js';
import type { SharedContent, SharedOpened } from './shared-content.js';
import { awaitHeads, resumePlain, resumeStreams, sharePlain, shareStreams } from './stream-sharing.js';

/** Carries what this client knows into what the user's clients share, and back. */
export class LocalContent {
  constructor(
    private readonly state: ClientState,
    private readonly streams: StreamsStore,
    private readonly trustStates: TrustStates,
    /** A service account: its programs share the inbox, and with it the cursor. */
    private readonly sharesInbox: boolean,
  ) {}

  /** Everything that others should know. */
  async collect(): Promise<SharedContent> {
    await this.trustStates.welcome(await this.streams.look(async (streams) => writtenTo(streams)));
    return this.streams.look(async (streams) => ({
      format: 2,
      suite: (await this.state.record('account'))?.suite ?? 0,
      users: await this.#users(),
      handles: await this.#handles(),
      streams: shareStreams(streams),
      plain: sharePlain(streams),
      // In this order: an entry that is done with in between is behind the position then.
      opened: this.sharesInbox ? await this.#opened() : {},
      inboxAfter: this.sharesInbox ? sharedPlace(await this.state.record('inbox')) : 0,
      notes: await this.#notes(),
    }));
  }

  /**
   * Takes in what others know.
   * @param fresh nothing was remembered here before: where programs share an inbox, this one goes on where the last one stopped
   */
  async apply(content: SharedContent, fresh: boolean): Promise<void> {
    await this.trustStates.takeIn(content.users);
    const changes = new Changes();
    for (const [userId, user] of Object.entries(content.users)) await this.#put(changes, knownUserKey(userId), user);
    for (const [loginId, handle] of Object.entries(content.handles)) await this.#applyHandle(changes, loginId, handle);
    for (const [name, note] of Object.entries(content.notes)) await this.#put(changes, noteKey(name), note);
    const account = await this.state.record('account');
    if (account !== null && account.suite < content.suite) changes.set('account', { ...account, suite: content.suite });
    const takesOver = this.sharesInbox && fresh;
    if (takesOver) takeOverInbox(changes, content);
    await this.streams.update((before) => {
      const resumed = takesOver ? resumePlain(resumeStreams(before, content.streams), content.plain) : before;
      return { state: takesOver ? resumed : awaitHeads(resumed, content.streams), changes, result: undefined };
    });
  }

  /** Without what a newer pin says already. */
  async compact(content: SharedContent): Promise<SharedContent> {
    const users: Record<string, SharedUser> = {};
    for (const [userId, user] of Object.entries(content.users)) {
      const chain = await this.#chain(userId);
      users[userId] = chain === null ? user : compactSharedTrust(chain, user);
    }
    return { ...content, users };
  }

  async #users(): Promise<Readonly<Record<string, SharedUser>>> {
    const users: Record<string, SharedUser> = { ...(await this.trustStates.shared()) };
    for (const userId of await this.#names('chain/', knownUserKey(''))) {
      const known = mergeUsers((await this.state.knownUser(userId)) ?? EMPTY_USER, users[userId] ?? EMPTY_USER);
      const chain = await this.#chain(userId);
      users[userId] = chain === null ? known : mergeUsers(known, sharedTrustOf(chain, known));
    }
    return users;
  }

  async #handles(): Promise<Readonly<Record<string, SharedHandle>>> {
    const handles: Record<string, SharedHandle> = {};
    for (const loginId of await this.#names(handleKey(''), knownHandleKey(''))) {
      const known = (await this.state.knownHandle(loginId)) ?? { users: [] };
      const pinned = await this.state.handle(loginId);
      handles[loginId] = pinned === null ? known : mergeHandles(known, { users: [pinned.userId] });
    }
    return handles;
  }

  async #opened(): Promise<Readonly<Record<string, SharedOpened>>> {
    const opened = await listOpened(this.state);
    return Object.fromEntries(
      opened.map(({ key, sequence, record }) => [key, { sequence, record: JSON.stringify(record) }]),
    );
  }

  async #notes(): Promise<Readonly<Record<string, Choice>>> {
    const notes: Record<string, Choice> = {};
    for (const name of await this.#names(noteKey(''))) {
      const note = await this.state.read<Choice>(noteKey(name));
      if (note !== null) notes[name] = note;
    }
    return notes;
  }

  async #applyHandle(changes: Changes, loginId: string, handle: SharedHandle): Promise<void> {
    await this.#put(changes, knownHandleKey(loginId), handle);
    const pinned = await this.state.handle(loginId);
    const record = judged(handle, pinned);
    if (record === null) return;
    await this.#put(changes, handleKey(loginId), record);
    const contact = await this.state.contact(record.userId);
    if (contact?.loginId === undefined) changes.put(contactKey(record.userId), { ...contact, loginId });
  }

  /** Unless that is there already. */
  async #put(changes: Changes, key: string, value: unknown): Promise<void> {
    if (JSON.stringify(await this.state.read(key)) !== JSON.stringify(value)) changes.put(key, value);
  }

  async #chain(userId: string): Promise<KeyChain | null> {
    const pin = await this.state.chain(userId);
    return pin === null ? null : chainOfPin(pin);
  }

  async #names(...prefixes: readonly string[]): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const prefix of prefixes) {
      for (const key of await this.state.keys(prefix)) names.add(key.slice(prefix.length));
    }
    return [...names].sort();
  }
}

/** A note that all of the user's clients are to know; of two the later one counts. */
export function noteKey(name: string): string {
  return `note/${name}`;
}

/** The user whom a client writes to under a loginId; others that another client has pinned are a conflict. */
function judged({ users, chosen }: SharedHandle, pinned: HandleRecord | null): HandleRecord | null {
  if (chosen !== undefined) return { userId: chosen.value };
  const userId = pinned?.userId ?? users[0];
  if (userId === undefined) return null;
  const others = users.filter((other) => other !== userId);
  return others.length === 0 ? { userId } : { userId, others };
}

/** So far a mailbox does not jump: a position behind such a gap is shared once the server has shown it again. */
const LARGEST_GAP = 2 ** 20;

function sharedPlace(inbox: InboxRecord | null): number {
  const { after = 0, unconfirmedSince = after } = inbox ?? {};
  return after - unconfirmedSince > LARGEST_GAP ? unconfirmedSince : after;
}

function takeOverInbox(changes: Changes, { inboxAfter, opened }: SharedContent): void {
  if (inboxAfter > 0) changes.set('inbox', { after: inboxAfter });
  for (const [key, { sequence, record }] of Object.entries(opened)) {
    const kept: unknown = JSON.parse(record);
    noteOpened(changes.put(key, kept), sequence, key, kept);
  }
}
