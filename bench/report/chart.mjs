/** Horizontal bars as SVG, readable on light and on dark pages. */
import { readable } from './numbers.mjs';

const WIDTH = 760;
const LABEL_WIDTH = 220;
const VALUE_WIDTH = 110;
const BAR = 18;
const ROW = 26;
const TITLE = 34;
const GAP = 18;
const MARGIN = 16;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .bar { fill: #8c959f; }
    .own { fill: #0969da; }
    .page { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .bar { fill: #6e7681; }
      .own { fill: #4493f8; }
      .page { fill: #0d1117; }
    }
`;

/**
 * @typedef {object} Group
 * @property {string} title
 * @property {{ label: string, value: number, own?: boolean }[]} bars those without a value are left out
 */

/**
 * @param {string} title for those who cannot see it
 * @param {Group[]} groups
 * @returns {string}
 */
export function chart(title, groups) {
  let y = MARGIN;
  const parts = [];
  for (const group of groups) {
    const bars = group.bars.filter(({ value }) => value > 0);
    parts.push(text(MARGIN, y + 18, group.title, 'title'));
    y += TITLE;
    const longest = Math.max(...bars.map(({ value }) => value));
    for (const bar of bars) {
      parts.push(row(bar, y, longest));
      y += ROW;
    }
    y += GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escape(title)}">`,
    `  <style>${STYLE}  </style>`,
    `  <rect class="page" width="${WIDTH}" height="${y}" rx="6"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** @param {Group['bars'][number]} bar */
function row({ label, value, own }, y, longest) {
  const room = WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH;
  const width = Math.max(1, Math.round((value / longest) * room));
  const x = MARGIN + LABEL_WIDTH;
  return [
    text(MARGIN, y + 14, label),
    `  <rect class="${own === true ? 'own' : 'bar'}" x="${x}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
    text(x + width + 8, y + 14, readable(value)),
  ].join('\n');
}

function text(x, y, content, kind) {
  const attribute = kind === undefined ? '' : ` class="${kind}"`;
  return `  <text${attribute} x="${x}" y="${y}">${escape(content)}</text>`;
}

function escape(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
