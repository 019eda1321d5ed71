/** Scripts in which ZWJ and ZWNJ decide how letters join: Persian words are not spelt right without. */
const JOINING_SCRIPTS = [
  ...['Adlam', 'Arabic', 'Bengali', 'Devanagari', 'Gujarati', 'Gurmukhi', 'Hanifi_Rohingya', 'Kannada', 'Khmer'],
  ...['Malayalam', 'Mandaic', 'Mongolian', 'Myanmar', 'Nko', 'Oriya', 'Phags_Pa', 'Sinhala', 'Syriac', 'Tamil'],
  ...['Telugu', 'Tibetan'],
];
const JOINING = `[${JOINING_SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]`;

/** Characters without a form of their own that are part of the text where they stand, and show in what is around them. */
const PART_OF_TEXT = [
  // A joiner beside a letter of such a script; two in a row say nothing more.
  String.raw`(?<=(?![\u200c\u200d])${JOINING})[\u200c\u200d](?![\u200c\u200d])`,
  String.raw`(?<![\u200c\u200d])[\u200c\u200d](?=(?![\u200c\u200d])${JOINING})`,
  // Between the parts of one emoji, e.g. of a family.
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
  // Whether an emoji is drawn in colour, and which form a sign has.
  String.raw`(?<=\p{Emoji})[\ufe0e\ufe0f]`,
  String.raw`(?<=[\p{Sm}\p{scx=Han}\p{scx=Myanmar}\p{scx=Phags_Pa}])[\ufe00-\ufe02]`,
  String.raw`(?<=\p{scx=Han})[\u{e0100}-\u{e01ef}]`,
  String.raw`(?<=\p{Script=Mongolian})[\u180b-\u180d\u180f]`,
  // The flags of England, Scotland, Wales and the like.
  String.raw`\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}`,
  // Signs of Arabic, Syriac and Kaithi that Unicode has among the invisible ones.
  String.raw`[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]`,
  String.raw`[\n\t]`,
].join('|');

/** Control characters, what changes the direction of reading, and everything else that is not to be seen. */
const UNSEEN = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`;

const SPECIAL = new RegExp(`(?<kept>${PART_OF_TEXT})|${UNSEEN}`, 'gu');

/** Text of somebody else's for a terminal: what could move the cursor, hide or reorder text becomes visible. */
export function printable(text: string): string {
  return text.replace(SPECIAL, (found: string, kept: string | undefined) => kept ?? escapeOf(found));
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** A JSON document on one line that a terminal takes for text, too; it says the same to whoever parses it. */
export function jsonLine(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped);
}
