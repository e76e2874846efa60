import { contract, isReading, type Operation, operations } from '@keywright/contract';

const byName = new Map<string, Operation>(operations.map(entry => [entry.name, entry]));

/** What happens without an operation. */
const BESIDE_OPERATIONS: Record<string, string> = {
  signIn: 'Sign in',
  noticeAccessKey: 'Give notice of an access key',
};

/** What an action is called where people read: the summary of its operation. */
export function actionText(action: string): string {
  return BESIDE_OPERATIONS[action] ?? byName.get(action)?.summary ?? action;
}

/** The actions that events can have. */
export const ACTIONS: readonly string[] = [
  ...Object.values(contract)
    .filter(entry => !isReading(entry) && entry.name !== 'getInvitation')
    .map(entry => entry.name),
  ...Object.keys(BESIDE_OPERATIONS),
];
