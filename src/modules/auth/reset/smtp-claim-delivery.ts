import { Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import type { SMTPTransportOptions, Transporter } from 'nodemailer';
import { Settings } from '../../../core/config/index.js';
import { ClaimDelivery, ClaimNotDelivered } from './claim-delivery.js';
import type { ClaimToDeliver } from './claim-delivery.js';
import { claimMailOf, isMailAddress } from './claim-mails.service.js';

const TIMEOUT_MS = 10_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** By mail to the loginId. Nothing is connected before the first mail. */
@Injectable()
export class SmtpClaimDelivery extends ClaimDelivery {
  private transporter: Transporter | null = null;

  constructor(private readonly settings: Settings) {
    super();
  }

  override reaches(loginId: string): boolean {
    return isMailAddress(loginId);
  }

  override async deliver(claim: ClaimToDeliver): Promise<void> {
    const { smtpUrl, mailFrom, serviceId } = this.settings;
    if (smtpUrl === undefined || mailFrom === undefined) throw new ClaimNotDelivered('no-mail-server');
    this.transporter ??= createTransport(transportOptionsOf(smtpUrl));
    const { loginId } = claim;
    try {
      await this.transporter.sendMail({
        ...claimMailOf(serviceId, claim),
        from: mailFrom,
        to: { name: '', address: loginId },
        envelope: { from: mailFrom, to: [loginId] },
        // Not for lists and out-of-office notices.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw new ClaimNotDelivered(reasonOf(error));
    }
  }
}

function transportOptionsOf(text: string): SMTPTransportOptions {
  const url = new URL(text);
  const secure = url.protocol === 'smtps:';
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    secure,
    // A token in the clear is anybody's who listens.
    requireTLS: !secure && !LOOPBACK.test(url.hostname),
    ...(url.username === '' ? {} : { auth }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  };
}

/** Codes only: what a mail server answers in words repeats addresses. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const codes = [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number');
  return codes.length === 0 ? 'unknown' : codes.join(' ');
}
