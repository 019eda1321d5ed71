/** What a stored message weighs: the same messages are sent to each stack, then its tables are weighed. */
import { settle, tableBytes } from '../environment/history.mjs';
import { sends } from './sealpost-requests.mjs';
import { tutorialSends } from './tutorial-requests.mjs';

/**
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Promise<{ sealpost: number, tutorial: number }>} bytes for each message
 */
export async function measureDisk(stage, settings) {
  const { sealpost, tutorial, databases, senders, people } = stage;
  const senderIds = senders.map(({ userId }) => userId);
  const job = {
    variables: { recipients: people.map(({ userId }) => userId), ciphertextBytes: 300 },
    connections: settings.connections,
    seconds: 0,
    warmUpSeconds: 0,
    expected: 201,
    count: settings.diskMessages,
  };
  const growth = async (database, url, requests) => {
    await settle(database);
    const before = await tableBytes(database);
    await stage.load.closedLoop({ ...job, url, requests });
    await settle(database);
    return ((await tableBytes(database)) - before) / settings.diskMessages;
  };
  return {
    sealpost: await growth(databases.sealpost, sealpost.urls[0] ?? '', sends(senders)),
    tutorial: await growth(databases.tutorial, tutorial.keyObject.url, tutorialSends(senderIds, tutorial.token)),
  };
}
