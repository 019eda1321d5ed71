/** A proof with a key that exists nowhere; its nonce is over. */
export const DPOP_EXAMPLE =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVkRFNBIiwiandrIjp7ImNydiI6IkVkMjU1MTkiLCJrdHkiOiJPS1AiLCJ4IjoiNm9S' +
  'MDh5c3lnVFhmQWxHbGZZdG0yalRFd1I0RXRkajViRG0xQjY0aUZHcyJ9fQ.eyJqdGkiOiIxTHFBN2p2Mk5xWUIzbkJGUW1ZN2N3I' +
  'iwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vbXNnLmV4YW1wbGUvdjEvYXV0aC9yZWZyZXNoIiwiaWF0IjoxNzkwMDAwMDAwL' +
  'CJub25jZSI6ImFyRTdnSjBscVNiTDJwOFVWZ3lmQ2NReFlmZyJ9.JHCfMpXZlmgj-y0LGdBcsqFBylaneN1V9TsU69Y8EnumYFoU' +
  'jKYzXtOXY4PohKtOn5vigBv4mlrgtrCFtSn7CA';
