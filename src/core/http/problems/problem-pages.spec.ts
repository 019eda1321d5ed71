import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, ERRORS } from '@sealpost/protocol';
import { ProblemPages } from './problem-pages.js';

const codes = Object.keys(ERRORS) as ErrorCode[];
const pages = new ProblemPages();

function pageOf(code: string): string {
  const page = pages.findPage(code);
  if (page === null) throw new Error(`docs/problems/${code}.md is missing`);
  return page;
}

function sectionsOf(page: string): Record<string, string> {
  const [, ...sections] = page.split(/^## /m);
  return Object.fromEntries(sections.map((section) => section.split(/\n\n([^]*)/).slice(0, 2) as [string, string]));
}

describe('the problem pages', () => {
  it('the problem pages are there for every code, and for no other', () => {
    const files = readdirSync(new URL('../../../../docs/problems/', import.meta.url));
    expect(files.sort()).toEqual(codes.map((code) => `${code}.md`).sort());
  });

  it.each(codes)('the problem pages say what %s is, what happened, why, what to do, and give an example', (code) => {
    const page = pageOf(code);
    expect(page.startsWith(`# ${ERRORS[code].title}\n\n\`${code}\`, status ${ERRORS[code].status}\n`)).toBe(true);
    const sections = sectionsOf(page);
    expect(Object.keys(sections)).toEqual(['What happened', 'Why', 'What to do', 'Example']);
    for (const text of Object.values(sections)) expect(text.trim().length).toBeGreaterThan(5);
  });

  it.each(codes)('the problem pages give an example of %s that the server could have sent', (code) => {
    const json = /```json\n([^]*?)```/.exec(pageOf(code))?.[1] ?? '';
    expect(JSON.parse(json)).toMatchObject({
      type: `/problems/${code}`,
      title: ERRORS[code].title,
      status: ERRORS[code].status,
      code,
      detail: expect.stringMatching(/\.$/),
    });
    expect(pageOf(code)).toContain(`HTTP/1.1 ${ERRORS[code].status} `);
  });

  it('the problem pages are not found by names that are not codes', () => {
    for (const name of ['../package', 'request.invalid.md', '', 'toString']) expect(pages.findPage(name)).toBeNull();
  });
});
