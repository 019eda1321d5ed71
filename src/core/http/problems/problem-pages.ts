import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { OpenDocument } from '../open-document.js';

const OWN_PAGES = fileURLToPath(new URL('../../../../docs/problems/', import.meta.url));
const PAGE = /^(x-)?[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\.md$/;

/** What a page begins with. */
const HEADING = /^# (?<title>.+)\n+`[^`]+`, status (?<status>\d{3})\n/;

interface Page {
  readonly text: string;
  readonly document: OpenDocument;
}

function pageOf(text: string): Page {
  const document = new OpenDocument({
    type: 'text/markdown; charset=utf-8',
    caching: 'public, max-age=300',
    content: () => text,
  });
  return { text, document };
}

function rowOf([code, { text }]: readonly [string, Page]): string {
  const { title = '', status = '' } = HEADING.exec(text)?.groups ?? {};
  // Relative, since a public address may have a path before it.
  return `| [${code}](problems/${code}) | ${status} | ${title} |`;
}

function indexOf(pages: ReadonlyMap<string, Page>): Page {
  const rows = [...pages].sort(([a], [b]) => (a < b ? -1 : 1)).map(rowOf);
  const about = 'The codes of all problems that an answer can be, each with a page that says what to do.';
  return pageOf(
    ['# Problems', '', about, '', '| Code | Status | Title |', '| --- | --- | --- |', ...rows, ''].join('\n'),
  );
}

/** The pages that explain the error codes: `<code>.md`, in the folder of the documentation and those that modules add. */
@Injectable()
export class ProblemPages {
  private readonly pages = new Map<string, Page>();
  private index: Page | undefined;

  constructor() {
    this.addDirectory(OWN_PAGES);
  }

  /** Adds the pages `<code>.md` of a folder; the codes of additional modules start with `x-`. */
  addDirectory(directory: string): void {
    for (const name of readdirSync(directory)) {
      if (!PAGE.test(name)) continue;
      this.pages.set(name.slice(0, -'.md'.length), pageOf(readFileSync(join(directory, name), 'utf8')));
    }
    this.index = undefined;
  }

  /** Markdown, or null where there is no such code. */
  findPage(code: string): string | null {
    return this.pages.get(code)?.text ?? null;
  }

  /** All codes with status and title, to be sent; each links to its page. */
  getIndex(): OpenDocument {
    this.index ??= indexOf(this.pages);
    return this.index.document;
  }

  /** The page to be sent, or null where there is no such code. */
  findDocument(code: string): OpenDocument | null {
    return this.pages.get(code)?.document ?? null;
  }
}
