import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { CONTENT_CODINGS, type ContentCoding, preferredCoding } from './content-coding.js';

const TAGS = /(?:W\/)?("[^"]*")/g;

/**
 * Whether `If-None-Match` (RFC 9110, section 13.1.2) names this tag. The comparison is weak, so that it also holds after a
 * proxy that has made the tag a weak one.
 */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(TAGS)].some(([, named]) => named === tag);
}

export interface OpenDocumentOptions {
  /** The media type, with a charset where it is text. */
  readonly type: string;
  /** The value of `Cache-Control`. */
  readonly caching: string;
  /** The headers of this document, beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked once, by `prepare` or when the document is first read. */
  content(): string | Uint8Array | Promise<Uint8Array>;
}

/** The document in one content coding. */
interface Form {
  readonly coding: ContentCoding;
  readonly bytes: Buffer;
  readonly tag: string;
}

type Forms = ReadonlyMap<ContentCoding, Form>;

/** Close to the best of Brotli at a tenth of its time. */
const BROTLI_QUALITY = 6;
const TAG_CHARACTERS = 22;

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

const COMPRESSED: Readonly<Record<ContentCoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => brotlied(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes) => gzipped(bytes),
  identity: (bytes) => Promise.resolve(bytes),
};

/** Codings that save nothing, as with images, are left out. */
async function formsOf(content: string | Uint8Array): Promise<Forms> {
  const identity = Buffer.from(content);
  const hash = createHash('sha256').update(identity).digest('base64url').slice(0, TAG_CHARACTERS);
  const forms = await Promise.all(
    CONTENT_CODINGS.map(async (coding) => {
      const tag = coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;
      return { coding, bytes: await COMPRESSED[coding](identity), tag };
    }),
  );
  return new Map(
    forms
      .filter(({ coding, bytes }) => coding === 'identity' || bytes.length < identity.length)
      .map((form) => [form.coding, form]),
  );
}

/**
 * A document that anybody may read and that stays the same for as long as the process lives. Its bytes are made once,
 * compressed as well, so that an answer costs neither making nor compressing it, and none where the client has it.
 */
export class OpenDocument {
  private forms: Promise<Forms> | undefined;

  constructor(private readonly options: OpenDocumentOptions) {}

  /** Makes it before anybody asks for it. A failure is told to whoever does. */
  prepare(): void {
    this.made().catch(() => undefined);
  }

  /** Answers GET and HEAD, with 304 where the client names what it would get. */
  async send(reply: FastifyReply): Promise<FastifyReply> {
    const forms = await this.made();
    const { headers } = reply.request;
    const coding = preferredCoding(headers['accept-encoding'], [...forms.keys()]);
    const form = forms.get(coding);
    if (form === undefined) throw new Error(`The document has no form for ${coding}`);
    this.addHeaders(reply, form);
    if (namesTag(headers['if-none-match'], form.tag)) return reply.status(304).send();
    if (coding !== 'identity') void reply.header('content-encoding', coding);
    return reply.type(this.options.type).send(form.bytes);
  }

  private addHeaders(reply: FastifyReply, { tag }: Form): void {
    const { caching, headers = {} } = this.options;
    // What CORS says there stays.
    const vary = [reply.getHeader('vary') ?? [], 'Accept-Encoding'].flat().join(', ');
    void reply.headers({ ...headers, 'cache-control': caching, etag: tag, vary });
  }

  /** Those who come while it is being made wait for it; after a failure the next one tries again. */
  private made(): Promise<Forms> {
    this.forms ??= this.make();
    return this.forms;
  }

  private async make(): Promise<Forms> {
    try {
      return await formsOf(await this.options.content());
    } catch (error) {
      this.forms = undefined;
      throw error;
    }
  }
}
