/** Random bytes of an invitation code: too many to be guessed. */
export const INVITATION_BYTES = 24;
