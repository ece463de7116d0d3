import type { Command } from 'commander';
import type { CommonOptions, Session } from './session.ts';

/**
 * Declares the commands on a bank as a whole.
 * @param add declares a command of a program, with the options that all have
 */
export function addBankCommands(
  program: Command,
  session: Session,
  add: (parent: Command, usage: string, description: string) => Command,
): void {
  add(program, 'freeze', 'mark the versions in production as a release, from which locks can be made')
    .requiredOption('--name <release>', 'what it is called; a release never changes')
    .action(async (options: CommonOptions & { name: string }) => {
      await (await import('./bank-store-commands.ts')).freezeCommand(session, options);
    });
  const bank = program.command('bank').description('say what the bank holds; move, back up and mend it');
  add(bank, 'status', 'say what the bank is and holds, and the digest of it all').action(
    async (options: CommonOptions) => {
      await (await import('./bank-store-commands.ts')).bankStatusCommand(session, options);
    },
  );
  add(bank, 'export <dir>', 'write the whole bank into a new folder').action(
    async (dir: string, options: CommonOptions) => {
      await (await import('./bank-store-commands.ts')).bankExportCommand(session, dir, options);
    },
  );
  add(bank, 'import <dir>', 'take over an export; exit 1 when the bank has something of it otherwise').action(
    async (dir: string, options: CommonOptions) => {
      await (await import('./bank-store-commands.ts')).bankImportCommand(session, dir, options);
    },
  );
  add(bank, 'reindex', 'make anew what the bank and the caches derive from its documents').action(
    async (options: CommonOptions) => {
      await (await import('./bank-store-commands.ts')).bankReindexCommand(session, options);
    },
  );
}
