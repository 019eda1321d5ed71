/** The table of ratios, for a page and for a terminal. */
import { readable } from './numbers.mjs';
import { verdictOf } from './ratios.mjs';

/** @typedef {import('./ratios.mjs').Ratio} Ratio */

/** @param {Ratio[]} ratios */
function cells(ratios) {
  return ratios.map((ratio) => {
    const { number, name, value, low, high, must, bound, unit } = ratio;
    const withUnit = (text) => (unit === undefined ? text : `${text} ${unit}`);
    const measured = Number.isFinite(value);
    return [
      String(number),
      name,
      measured ? withUnit(readable(value)) : '–',
      measured && low < high ? `${readable(low)} to ${readable(high)}` : '',
      `${bound === 'least' ? '≥' : '≤'} ${withUnit(String(must))}`,
      verdictOf(ratio),
    ];
  });
}

const HEAD = ['#', 'Ratio', 'Measured', 'Rounds', 'Must', 'Reached'];

/** @param {Ratio[]} ratios */
export function markdownTable(ratios) {
  return table(HEAD, ['--:', '---', '--:', '---', '--:', '---'], cells(ratios));
}

/**
 * @param {string[]} head
 * @param {string[]} rule
 * @param {string[][]} rows
 */
export function table(head, rule, rows) {
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** @param {Ratio[]} ratios */
export function textTable(ratios) {
  const rows = [HEAD, ...cells(ratios)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
