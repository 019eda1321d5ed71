import { isNormalisedLoginId, requireBase64Url } from '@sealpost/protocol';
import { SealpostError } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { ClientState } from '../state/client-state.js';
import type { ContactDirectory } from './contact-directory.js';
import { verifyHandle } from '../trust/handles.js';

/** The loginIds of people who have written to this user before this user has looked them up. */
export class SenderNames {
  /** A sender without a name is asked about once, so that a server without an answer costs no request for each entry. */
  readonly #asked = new Set<string>();

  constructor(
    private readonly api: Pick<UserApi, 'senders'>,
    private readonly state: ClientState,
    private readonly directory: Pick<ContactDirectory, 'chainWith' | 'bind'>,
  ) {}

  /**
   * The pinned loginId of a sender, at first sight the one that the server tells, where the sender's own keys have signed
   * it and it is not known as somebody else's. It is pinned then. A name that cannot be had keeps no message back.
   * @param sequence of an entry of theirs in the mailbox
   */
  async of(userId: string, sequence: number): Promise<string | undefined> {
    const pinned = (await this.state.contact(userId))?.loginId;
    if (pinned !== undefined || this.#asked.has(userId)) return pinned;
    this.#asked.add(userId);
    try {
      return await this.#find(userId, sequence);
    } catch (error) {
      if (error instanceof SealpostError) return undefined;
      throw error;
    }
  }

  async #find(userId: string, sequence: number): Promise<string | undefined> {
    const told = (await this.api.senders([sequence])).find((sender) => sender.userId === userId);
    if (told === undefined || !isNormalisedLoginId(told.loginId)) return undefined;
    const { loginId, handleKeyVersion } = told;
    const handle = await this.state.handle(loginId);
    if (handle !== null && (handle.userId !== userId || (handle.others ?? []).length > 0)) return undefined;
    const chain = await this.directory.chainWith(userId, handleKeyVersion);
    const handleSignature = requireBase64Url(told.handleSignature, 'handleSignature');
    verifyHandle(chain, { loginId, handleSignature, handleKeyVersion });
    await this.directory.bind(loginId, userId);
    return loginId;
  }
}
