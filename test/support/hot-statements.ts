import { INDEX_PLANS_ONLY } from '../../src/core/database/connection-pool.js';
import { ACTIVE_SESSION, REVOKED_WITHIN } from '../../src/modules/auth/sessions/prisma-sessions.repository.js';
import * as keys from '../../src/modules/keys/key-statements.repository.js';
import * as delivery from '../../src/modules/messages/delivery.sql.js';
import * as mailbox from '../../src/modules/messages/mailbox.sql.js';
import * as retention from '../../src/modules/messages/retention.sql.js';
import type { HotStatement, PlanSetting } from './plans.js';

/** The prepared statements among the exports of a file. */
function statementsOf(exports: Readonly<Record<string, unknown>>): HotStatement[] {
  const isStatement = (value: unknown): value is HotStatement =>
    typeof value === 'object' && value !== null && 'name' in value && 'text' in value;
  return Object.values(exports).filter(isStatement);
}

/** `-c a=b -c c=d` of a connection as statements. */
const CONNECTION_SETTINGS = INDEX_PLANS_ONLY.replaceAll('-c ', 'SET ').replaceAll(' SET', '; SET');

/** Every statement whose cost must not grow with the tables, by what it is about. */
export const HOT_STATEMENTS: readonly PlanSetting[] = [
  { title: 'Delivery', set: CONNECTION_SETTINGS, statements: statementsOf(delivery) },
  { title: 'Mailboxes', set: CONNECTION_SETTINGS, statements: statementsOf(mailbox) },
  { title: 'Retention', set: CONNECTION_SETTINGS, statements: statementsOf(retention) },
  { title: 'Keys', set: CONNECTION_SETTINGS, statements: statementsOf(keys) },
  { title: 'Sessions', set: CONNECTION_SETTINGS, statements: [ACTIVE_SESSION, REVOKED_WITHIN] },
];
