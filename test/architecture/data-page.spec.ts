import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const project = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(resolve(project, file), 'utf8');

/** `table.column` of every scalar field of the Prisma schema. */
function columnsOfSchema(): string[] {
  const schema = read('prisma/schema.prisma');
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
  const modelNames = new Set(models.map(([, name]) => name));
  return models.flatMap(([, name = '', body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name;
    return [...body.matchAll(/^ {2}(\w+) +(\w+)(?:\[\]|\?)?(.*)$/gm)].flatMap(
      ([, field = '', type, attributes = '']) =>
        modelNames.has(type) ? [] : [`${table}.${/@map\("(\w+)"\)/.exec(attributes)?.[1] ?? field}`],
    );
  });
}

describe('docs/data.md', () => {
  const documented = [...read('docs/data.md').matchAll(/^\| `(\w+\.\w+)` +\|/gm)].map(([, column]) => column);

  it('docs/data.md explains every column of the schema, and no other', () => {
    const columns = columnsOfSchema();
    expect(columns.length).toBeGreaterThan(50);
    expect([...documented].sort()).toEqual([...columns].sort());
  });

  it('docs/data.md names no column twice', () => {
    expect(new Set(documented).size).toBe(documented.length);
  });
});
