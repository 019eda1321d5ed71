import { registerUser } from '../api.js';
import { deviceRequest } from '../device-api.js';
import { type Act, type Stage, type StateChange } from './state-change.js';

/** What comes next for a request of which so much has been done. */
function after(done: readonly ('answer' | 'reveal')[], next: 'answer' | 'reveal' | 'approve' | 'deny' | 'status') {
  return async ({ server, devices }: Stage): Promise<Act> => {
    const user = await registerUser(server);
    const request = deviceRequest(user.loginId);
    const steps = {
      answer: () => devices.answer(user, request.id),
      reveal: () => devices.reveal(request),
      approve: () => devices.approve(user, request),
      deny: () => devices.deny(user, request.id),
      status: () => devices.status(request),
    };
    await devices.request(request);
    for (const step of done) await steps[step]();
    return steps[next];
  };
}

/** The routes of the new device, and of the one that lets it in. */
const [NEW, OLD] = ['/v1/auth/device-requests', '/v1/account/device-requests'];

export const DEVICE_CHANGES: readonly StateChange[] = [
  {
    route: `post ${NEW}`,
    tables: ['device_requests'],
    single: true,
    prepare: async ({ server, devices }: Stage): Promise<Act> => {
      const request = deviceRequest((await registerUser(server)).loginId);
      return () => devices.request(request);
    },
  },
  { route: `post ${NEW}/{id}/status`, tables: [], prepare: after([], 'status') },
  { route: `post ${OLD}/{id}/answer`, tables: ['device_requests'], prepare: after([], 'answer') },
  {
    route: `post ${NEW}/{id}/reveal`,
    tables: ['device_requests'],
    single: true,
    prepare: after(['answer'], 'reveal'),
  },
  {
    route: `post ${OLD}/{id}/approve`,
    tables: ['device_requests'],
    prepare: after(['answer', 'reveal'], 'approve'),
  },
  { route: `delete ${OLD}/{id}`, tables: ['device_requests'], single: true, prepare: after(['answer'], 'deny') },
  {
    route: `post ${NEW}/{id}/collect`,
    tables: ['sessions', 'device_requests', 'account_histories', 'account_events'],
    prepare: async ({ server, devices }: Stage): Promise<Act> => {
      const request = await devices.approved(await registerUser(server));
      return () => devices.collect(request);
    },
  },
];
