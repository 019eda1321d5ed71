export { AccountAdministration } from './administration/account-administration.service.js';
export { EscrowExport } from './administration/escrow-export.service.js';
export { ResetAdministration } from './administration/reset-administration.service.js';
export { AuthModule } from './auth.module.js';
export type { NewInvitation } from './registration/invitations.service.js';
