/** Names of members in ByteWriter's methods that only a refusal says, where nothing that is written can be refused. */
const REASON = 'Only a refusal says this name, and what is written here always fits';

/** @param {any} node of Babel's syntax tree */
function isConstant({ type, name, object, consequent, alternate }) {
  if (type === 'ConditionalExpression') return [consequent, alternate].every((node) => node.type === 'NumericLiteral');
  return type === 'MemberExpression' ? object.name === 'LENGTHS' : /^[A-Z_]+$/.test(name ?? '');
}

/** @param {any} path of Babel @returns {string | undefined} why no test can notice a change of it */
function shouldIgnore({ node, parent }) {
  if (node.type !== 'StringLiteral' || parent.type !== 'CallExpression' || parent.arguments[1] !== node)
    return undefined;
  const method = parent.callee.property?.name;
  // blob: only 4 GiB would be too long.
  const alwaysFits = method === 'blob' || (/^u(8|16)$/.test(method) && isConstant(parent.arguments[0]));
  return alwaysFits ? REASON : undefined;
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'unobservable', value: { shouldIgnore } }];
