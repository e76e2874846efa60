import { contract, isReading, type Operation, operations } from '@keywright/contract';

const byName = new Map<string, Operation>(operations.map(entry => [entry.name, entry]));

/** What an action is called where people read: the summary of its operation. */
export function actionText(action: string): string {
  return action === 'signIn' ? 'Sign in' : (byName.get(action)?.summary ?? action);
}

/** The actions that events can have. */
export const ACTIONS: readonly string[] = [
  ...Object.values(contract)
    .filter(entry => !isReading(entry) && entry.name !== 'getInvitation')
    .map(entry => entry.name),
  'signIn',
];
