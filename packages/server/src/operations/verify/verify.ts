import type { OutputOf, ParsedOf } from '@keywright/contract';
import { type Asked, type Decision, parseCredential } from '@keywright/core';
import type { App } from '../../app.ts';
import type { ReadHandler } from '../../context.ts';
import { timeOrNull } from '../../times.ts';

type Item = NonNullable<ParsedOf<'verify'>['items']>[number];
type Answer = Extract<OutputOf<'verify'>, { allowed: boolean }>;

export const verify: ReadHandler<'verify'> = async ({ app, at }, input) => {
  const { items, credential, ...asked } = input;
  if (items !== undefined) return { items: await Promise.all(items.map(item => verifyOne(app, item, at))) };
  // The contract asks for one of the two.
  return verifyOne(app, { ...asked, credential: credential ?? '' }, at);
};

async function verifyOne(app: App, item: Item, at: number): Promise<Answer> {
  const parsed = parseCredential(item.credential);
  if (parsed === 'malformed') return MALFORMED;
  const asked: Asked = {
    project: item.project ?? null,
    method: item.method,
    path: item.path,
    address: item.address,
    account: item.account,
  };
  const found = app.verifier.verify(parsed, asked, at);
  const decision = found instanceof Promise ? await found : found;
  if (decision.allowed) app.uses.record(decision.facts.key, at, item.address, item.userAgent, null);
  return presentDecision(decision);
}

const NOTHING = {
  missing: null,
  key: null,
  name: null,
  owner: null,
  account: null,
  project: null,
  permission: null,
  expiresAt: null,
};
const MALFORMED: Answer = { allowed: false, reason: 'malformed', ...NOTHING };

function presentDecision(decision: Decision): Answer {
  const { facts } = decision;
  if (facts === undefined) return { allowed: false, reason: decision.allowed ? null : decision.reason, ...NOTHING };
  const { kind, id, name } = facts.owner;
  return {
    allowed: decision.allowed,
    reason: decision.allowed ? null : decision.reason,
    missing: decision.allowed ? null : (decision.missing ?? null),
    key: facts.key,
    name: facts.name,
    owner: { kind, id, name },
    account: facts.account.id,
    project: facts.project,
    permission: facts.permission,
    expiresAt: timeOrNull(facts.expiresAt),
  };
}
