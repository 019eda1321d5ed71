/** Something about a message that its reader has to see beside it (section 8.5). Never swallowed. */
export type StreamEvent =
  /** The first message seen of a stream is not its first one. */
  | { readonly type: 'history-missing'; readonly streamId: string; readonly firstSeq: number }
  /** Messages of the stream before this one have not arrived; they may still come. */
  | { readonly type: 'gap'; readonly streamId: string; readonly fromSeq: number; readonly toSeq: number }
  /** Two messages that the sender has signed claim the same place, or do not follow each other as they claim. */
  | { readonly type: 'fork'; readonly streamId: string; readonly seq: number }
  /** Signed by a key that the sender has replaced. */
  | { readonly type: 'superseded-key'; readonly keyVersion: number; readonly newestVersion: number }
  /** The message goes to others than the conversation's last one. userIds, sorted. */
  | { readonly type: 'participants-changed'; readonly added: readonly string[]; readonly removed: readonly string[] }
  /** A participant says to have seen a message that has not arrived here. Nothing but that participant's word. */
  | { readonly type: 'withheld'; readonly streamId: string; readonly seq: number; readonly namedBy: string }
  /**
   * A participant says to have seen another message in a place than the one that is here. Nothing but that participant's
   * word: either there are two, or there never was another one.
   */
  | { readonly type: 'disputed'; readonly streamId: string; readonly seq: number; readonly namedBy: string }
  /**
   * The signed recipient list names other keys of a participant than this client, or another of its user's, has seen of the
   * same version: one of the two was shown wrong ones, or the sender makes it up.
   */
  | { readonly type: 'keys-differ'; readonly userId: string; readonly keyVersion: number; readonly namedBy: string };
