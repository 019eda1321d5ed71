/** Characters of what a client calls its session. */
export const SESSION_NAME = { min: 1, max: 64 };
