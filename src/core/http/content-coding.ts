/** RFC 9110, section 8.4.1, the preferred one first. */
export const CONTENT_CODINGS = ['br', 'gzip', 'identity'] as const;

export type ContentCoding = (typeof CONTENT_CODINGS)[number];

/** Acceptable without being named, but less than whatever is. */
const UNNAMED_IDENTITY = 0.0001;
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/** Parts that are not understood have the weight 0: what is not sent compressed can always be read. */
function weightsOf(accepted: string): Map<string, number> {
  return new Map(
    accepted.split(',').map((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = parameters.length === 0 ? '1' : WEIGHT.exec(parameters[0] ?? '')?.[1];
      return [name, Number(weight ?? 0)];
    }),
  );
}

/** What a client with this `Accept-Encoding` (RFC 9110, section 12.5.3) likes best among those that there are. */
export function preferredCoding(
  accepted: string | readonly string[] | undefined,
  available: readonly ContentCoding[],
): ContentCoding {
  if (accepted === undefined) return 'identity';
  const weights = weightsOf(String(accepted));
  const others = weights.get('*');
  let best: ContentCoding = 'identity';
  let bestWeight = 0;
  for (const coding of available) {
    const weight = weights.get(coding) ?? others ?? (coding === 'identity' ? UNNAMED_IDENTITY : 0);
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return best;
}
