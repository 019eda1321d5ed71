/** In this order: browsers name those that they descend from as well. */
const PRODUCTS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Edge', /\bEdgA?(?:iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|Chromium)\//],
  ['Safari', /\bVersion\/\S+ .*\bSafari\//],
  ['curl', /^curl\//],
  ['Node.js', /^(?:node|undici)\b/i],
];

const SYSTEMS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac(?:intosh| OS X)\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
];

/** Nobody's browser sends more, and the marks are searched in all of it. */
const LONGEST = 512;

/**
 * Families of product and operating system that a User-Agent names, e.g. "Firefox on Linux": enough for people to know
 * their devices by, and nothing that tells two of a kind apart. Only names of these lists come out, none that a client
 * has made up. null where it names none.
 */
export function clientFamily(userAgent: string | undefined): string | null {
  if (userAgent === undefined || userAgent.length > LONGEST) return null;
  const nameIn = (list: typeof PRODUCTS): string | undefined => list.find(([, mark]) => mark.test(userAgent))?.[0];
  const [product, system] = [nameIn(PRODUCTS), nameIn(SYSTEMS)];
  if (product !== undefined && system !== undefined) return `${product} on ${system}`;
  return product ?? system ?? null;
}
