/**
 * One value of a server's metrics.
 * @param {import('./server-process.mjs').ServerProcess | undefined} server
 * @param {string} name with its labels, as it is written there
 * @returns {Promise<number>} NaN where there is none
 */
export async function readMetric(server, name) {
  const address = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(server?.firstOutput ?? '')?.[0];
  if (address === undefined) return NaN;
  const text = await (await fetch(address)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? NaN);
}
