import type { OutputOf, ParsedOf } from '@keywright/contract';
import type { Charged, Decision } from '@keywright/core';
import type { App } from '../../app.ts';
import type { ReadHandler } from '../../context.ts';
import { timeOrNull, timeText } from '../../times.ts';
import { verifyAt } from '../../verify-at.ts';
import { presentState } from '../limits/present-limits.ts';

type Item = Omit<ParsedOf<'verify'>, 'items'>;
type Answer = Extract<OutputOf<'verify'>, { allowed: boolean }>;

export const verify: ReadHandler<'verify'> = ({ app, at }, input) =>
  input.items === undefined ? verifyOne(app, input, at) : verifyAll(app, input.items, at);

async function verifyAll(app: App, items: readonly Item[], at: number): Promise<{ items: Answer[] }> {
  return { items: await Promise.all(items.map(item => verifyOne(app, item, at))) };
}

function verifyOne(app: App, item: Item, at: number): Answer | Promise<Answer> {
  const { project = null, method, path, address, userAgent: agent, account, api, cost, reserve } = item;
  const asked = { project, method, path, address, agent, account, api, cost, reserve };
  const decision = verifyAt(app, app.counted.doors.verify, item.credential ?? '', asked, at);
  return decision instanceof Promise ? decision.then(presentDecision) : presentDecision(decision);
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

function presentDecision(decision: Decision): Answer {
  const { facts } = decision;
  if (facts === undefined) return { allowed: false, reason: decision.allowed ? null : decision.reason, ...NOTHING };
  const { kind, id, name } = facts.owner;
  const answer: Answer = {
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
  return decision.charged === undefined ? answer : { ...answer, ...presentCharged(decision.charged) };
}

function presentCharged({ limits, retryAt, refused, degraded, reservation }: Charged) {
  const retry = refused === null ? {} : { retryAt: timeOrNull(retryAt) };
  const reserved = reservation && { reservation: { id: reservation.id, lapsesAt: timeText(reservation.lapsesAt) } };
  return { limits: limits.map(presentState), ...retry, ...reserved, degraded };
}
