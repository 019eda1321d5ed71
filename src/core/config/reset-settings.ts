import type { SettingsTable } from './setting-definition.js';
import { integer, mailAddress, oneOf, RESET_MODES, smtpUrl } from './setting-values.js';

const DAY_SECONDS = 86_400;

export const resetSettings = {
  reset: {
    variable: 'SEALPOST_RESET',
    group: 'accounts',
    parser: oneOf(RESET_MODES),
    fallback: () => 'off',
    description:
      'Who may begin an account anew after losing the password and the recovery key: nobody; whoever reads the mailbox ' +
      'that the loginId names (`email`); whom an administrator vouches for with `npm run admin -- reset approve` ' +
      '(`approval`); or only who has both. Whoever is believed gets the account, though none of its old messages. See ' +
      '[accounts.md](accounts.md).',
    example: 'email',
  },
  resetDelaySeconds: {
    variable: 'SEALPOST_RESET_DELAY_SECONDS',
    group: 'accounts',
    parser: integer(0, 30 * DAY_SECONDS),
    fallback: () => DAY_SECONDS,
    description:
      'How long a reset that was claimed waits before it can be carried out. Meanwhile signed-in devices of the account ' +
      'see it, and can call it off. `0` lets it happen at once.',
    example: '259200',
  },
} as const satisfies Partial<SettingsTable>;

export const mailSettings = {
  smtpUrl: {
    variable: 'SEALPOST_SMTP_URL',
    group: 'mail',
    parser: smtpUrl,
    fallback: () => undefined,
    fallbackText: 'none: no mail is sent',
    description:
      'The mail server that takes the mails of the service. `smtps` is TLS from the first byte. With `smtp` the ' +
      'connection must become TLS by STARTTLS, unless the mail server is on this machine.',
    example: 'smtps://sealpost:change-me@mail.example',
    secret: true,
  },
  mailFrom: {
    variable: 'SEALPOST_MAIL_FROM',
    group: 'mail',
    parser: mailAddress,
    fallback: () => undefined,
    fallbackText: 'none; required with `SEALPOST_RESET` `email` or `both`',
    description: 'The address that mails of the service come from.',
    example: 'no-reply@msg.example',
  },
} as const satisfies Partial<SettingsTable>;
