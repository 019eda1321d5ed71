import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AccountExports, exportPageOf } from '../../core/accounts/index.js';
import type { ExportPage } from '../../core/accounts/index.js';
import { encodeBytes } from '../../core/http/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { KeyStatementsRepository } from './key-statements.repository.js';

const STATEMENTS_PER_PAGE = 100;

/** What an account's export has of handle, keys and vault. */
@Injectable()
export class KeyExports implements OnModuleInit {
  constructor(
    private readonly exports: AccountExports,
    private readonly statements: KeyStatementsRepository,
  ) {}

  onModuleInit(): void {
    this.exports.addSmall('handle', (userId) => this.readHandle(userId));
    this.exports.add({ kind: 'key-statement', read: (userId, after) => this.readStatements(userId, after) });
    this.exports.addSmall('vault', (userId) => this.readVault(userId));
  }

  private async readHandle(userId: string): Promise<object[]> {
    const loginId = await this.statements.findLoginId(userId);
    const user = loginId === null ? null : await this.statements.findUser(loginId);
    if (user === null) return [];
    return [{ loginId, handleSignature: encodeBytes(user.handleSignature), keyVersion: user.keyVersion }];
  }

  private async readStatements(userId: string, after: string | null): Promise<ExportPage> {
    const statements = await this.statements.findChain(userId, Number(after ?? 0), STATEMENTS_PER_PAGE);
    return exportPageOf(statements, STATEMENTS_PER_PAGE, (statement) => ({
      position: String(statement.version),
      data: new KeyStatementView(statement),
    }));
  }

  private async readVault(userId: string): Promise<object[]> {
    const stored = await this.statements.findVault(userId);
    if (stored === null) return [];
    const { vault, vaultVersion, keyVersion } = stored;
    return [{ vaultVersion, keyVersion, vault: encodeBytes(vault) }];
  }
}
