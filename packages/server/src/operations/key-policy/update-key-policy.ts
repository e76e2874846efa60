import { tighterRules } from '@keywright/core';
import { type KeyRules, updateKeyRules } from '@keywright/store';
import type { ChangeContext, Handler } from '../../context.ts';
import { accountTarget } from '../accounts/present-account.ts';
import { projectTarget } from '../projects/present-project.ts';
import { changedRules, presentRules, ruleChanges, rulesAt } from './key-rules.ts';

export const updateKeyPolicy: Handler<'updateKeyPolicy'> = async (context, input) => {
  const before = await rulesAt(context, input.project);
  const after = changedRules(before, input);
  const details = ruleChanges(before.policy, after.policy);
  if (Object.keys(details).length > 0) {
    await write(context, before, after);
    const { account, project } = after;
    context.record({ target: project === undefined ? accountTarget(account) : projectTarget(project), details });
  }
  return presentRules(after);
};

/** Idle days count anew from when they become fewer, so that no key is late the moment the rule is set. */
async function write(context: ChangeContext, before: KeyRules, after: KeyRules): Promise<void> {
  const { account, project } = after;
  const rules = project?.own ?? account.policy;
  const fewer = tighterRules(before.policy, after.policy).includes('idleDaysMax');
  const idleSince = (rules.idleDaysMax ?? null) === null ? null : fewer ? context.at : undefined;
  await updateKeyRules(context.tx, { account: account.id, project: project?.id }, rules, idleSince);
}
