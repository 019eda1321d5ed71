/** Columns for the demo's output. */

const LEFT = 60;
const RIGHT = 44;

/** Bytes as lines of hex, cut off after `count` of them. */
export function hexLines(bytes, count) {
  const lines = [];
  for (let start = 0; start < bytes.length && lines.length < count; start += 18) {
    lines.push(
      `  ${[...bytes.subarray(start, start + 18)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`,
    );
  }
  const shown = count * 18;
  if (bytes.length > shown) lines.push(`  … ${bytes.length - shown} bytes more`);
  return lines;
}

export function title(name, about) {
  return `━━ ${name} ${'━'.repeat(LEFT + RIGHT - name.length - 1)}\n   ${about}\n`;
}

/** Two lists of lines beside each other, each under its heading. */
export function sideBySide(leftHeading, left, rightHeading, right) {
  const rows = [`${leftHeading.padEnd(LEFT)} │ ${rightHeading}`, `${'─'.repeat(LEFT)}─┼─${'─'.repeat(RIGHT)}`];
  for (let row = 0; row < Math.max(left.length, right.length); row++) {
    rows.push(`${(left[row] ?? '').padEnd(LEFT)} │ ${right[row] ?? ''}`.trimEnd());
  }
  return rows.join('\n');
}
