export { AccountAdministration } from './account-administration.service.js';
export { EscrowExport } from './escrow-export.service.js';
export { AuthModule } from './auth.module.js';
export { ResetAdministration } from './reset-administration.service.js';
export type { NewInvitation } from './invitations.service.js';
