import type { Plan, PlanSetting } from './plans.js';

const INTRODUCTION = `# Plans of the hot statements

Look here when you change a statement of a hot path: a difference on this page is a change of what the statement costs. It shows
what PostgreSQL 18 does for each of them, on 100,000 messages in 2,000 mailboxes, one of which holds a fifth of them.
\`npm run docs:plans\` writes this page, and a test compares it.

On every version of PostgreSQL the test fails when a statement scans a table or a whole index, or reads a mailbox (or what
is due) to its end instead of up to a limit: with right statistics, with those of a nearly empty database, and where the
plans were made right after an installation and are kept. The server's connections rule other plans out.

The plans are generic ones, which hold for all values.
`;

/** docs/plans.md */
export function plansDocument(
  readings: readonly { readonly setting: PlanSetting; readonly plans: readonly Plan[] }[],
): string {
  const sections = readings.map(({ setting, plans }) => {
    const parts = plans.map(({ name, lines }) => `### \`${name}\`\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`);
    return `## ${setting.title}\n\n${parts.join('\n')}`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}
