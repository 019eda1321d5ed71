import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';

const OWN_PAGES = fileURLToPath(new URL('../../../../docs/problems/', import.meta.url));
const PAGE = /^(x-)?[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\.md$/;

const EXAMPLE = /^```json\n([^]*?)^```/m;

/** The pages that explain the error codes: `<code>.md`, in the folder of the documentation and those that modules add. */
@Injectable()
export class ProblemPages {
  private readonly pages = new Map<string, string>();

  constructor() {
    this.addDirectory(OWN_PAGES);
  }

  /** Adds the pages `<code>.md` of a folder; the codes of additional modules start with `x-`. */
  addDirectory(directory: string): void {
    for (const name of readdirSync(directory)) {
      if (PAGE.test(name)) this.pages.set(name.slice(0, -'.md'.length), readFileSync(join(directory, name), 'utf8'));
    }
  }

  /** Markdown, or null where there is no such code. */
  findPage(code: string): string | null {
    return this.pages.get(code) ?? null;
  }

  /** The problem document in a page's example, or null where there is none. */
  findExample(code: string): Record<string, unknown> | null {
    const json = EXAMPLE.exec(this.findPage(code) ?? '')?.[1];
    return json === undefined ? null : (JSON.parse(json) as Record<string, unknown>);
  }
}
