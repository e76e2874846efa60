import { KeywrightError, limits, newId } from '@keywright/core';
import { countReachedAccounts, getAccount, insertAccount, managersOf } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { accountTarget, presentAccount } from './present-account.ts';

export const createManagedAccount: Handler<'createManagedAccount'> = async (context, input) => {
  const { app, tx, at } = context;
  const { account: managedBy } = callerOf(context);
  const managers = await managersOf(tx, managedBy);
  if (managers.length >= limits.managedLevelsMax) {
    throw new KeywrightError(
      'conflict',
      `Accounts are managed ${limits.managedLevelsMax} levels deep at most, and this one is on the last. Create the account in one that lies above.`,
    );
  }
  const top = managers.at(-1) ?? managedBy;
  if ((await countReachedAccounts(tx, [{ account: top, manages: true }])) > limits.managedAccountsMax) {
    throw new KeywrightError(
      'conflict',
      `At most ${limits.managedAccountsMax} accounts can be managed from one account, on all levels below it together.`,
    );
  }
  const made = { id: newId('acc', app.random), name: input.name, createdAt: at };
  await insertAccount(tx, { ...made, managedBy });
  // In both logs: the new account's own begins with how it came about.
  context.record({ target: accountTarget(made) });
  context.record({ account: made.id, target: accountTarget(made) });
  return presentAccount(await getAccount(tx, made.id));
};
