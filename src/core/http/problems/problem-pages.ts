import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { OpenDocument } from '../open-document.js';

const OWN_PAGES = fileURLToPath(new URL('../../../../docs/problems/', import.meta.url));
const PAGE = /^(x-)?[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\.md$/;

interface Page {
  readonly text: string;
  readonly document: OpenDocument;
}

function pageOf(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const document = new OpenDocument({
    type: 'text/markdown; charset=utf-8',
    caching: 'public, max-age=300',
    content: () => text,
  });
  return { text, document };
}

/** The pages that explain the error codes: `<code>.md`, in the folder of the documentation and those that modules add. */
@Injectable()
export class ProblemPages {
  private readonly pages = new Map<string, Page>();

  constructor() {
    this.addDirectory(OWN_PAGES);
  }

  /** Adds the pages `<code>.md` of a folder; the codes of additional modules start with `x-`. */
  addDirectory(directory: string): void {
    for (const name of readdirSync(directory)) {
      if (PAGE.test(name)) this.pages.set(name.slice(0, -'.md'.length), pageOf(join(directory, name)));
    }
  }

  /** Markdown, or null where there is no such code. */
  findPage(code: string): string | null {
    return this.pages.get(code)?.text ?? null;
  }

  /** The page to be sent, or null where there is no such code. */
  findDocument(code: string): OpenDocument | null {
    return this.pages.get(code)?.document ?? null;
  }
}
