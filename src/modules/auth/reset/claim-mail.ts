import type { ClaimToDeliver } from './claim-delivery.js';

/** One mailbox, with nothing in it that a mail server could take for several addresses, a route or a command. */
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
const LONGEST_LOCAL_PART = 64;

/** Whether a normalised loginId is an e-mail address that claims are sent to. */
export function isMailAddress(loginId: string): boolean {
  return loginId.indexOf('@') <= LONGEST_LOCAL_PART && ADDRESS.test(loginId);
}

export interface ClaimMail {
  readonly subject: string;
  readonly text: string;
}

/** Plain text, without links: there is nothing to click on, so nobody learns to click. */
export function claimMailOf(serviceId: string, claim: ClaimToDeliver): ClaimMail {
  const until = new Date(claim.expiresAt).toUTCString();
  const when =
    claim.availableAt === null
      ? 'An administrator of the service has to approve it first.'
      : `It can be used from ${new Date(claim.availableAt).toUTCString()} until\n${until}, once.`;
  const text = `Somebody, probably you, has asked to begin the account
${claim.loginId}
at ${serviceId} anew, because its password and its recovery
words are lost.

The claim token is:

${claim.token}

${when}

Whoever has the token can take the account over. Give it to nobody, and enter it
only in the program that you use for ${serviceId}. A reset makes new keys: messages
that were sent before cannot be read any more, and the people you write to are
warned.

If you did not ask for this, do nothing, or call it off from a device that is
still signed in.
`;
  return { subject: `Claim to your account at ${serviceId}`, text };
}
