import { DAY_MS, newId, type Role } from '@keywright/core';
import { insertProject } from '@keywright/store';
import type { App } from '../app.ts';
import { inManaged } from '../callers/act-in.ts';
import type { Caller } from '../callers/caller.ts';
import { as, call, OFFICE } from './act.ts';
import { type DemoKey, KEYS, LEGACY_KEY } from './keys.ts';
import { makeOrders } from './orders.ts';
import { CUSTOMER, PEOPLE, PROJECTS, SERVICE_ACCOUNTS } from './people.ts';

export const DEMO_PASSWORD = 'look around here';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Who left the company yesterday. */
const LEFT = 'Karl Novák';

/** The clock of the server while it is filled: it lets thirty days pass. */
export interface Clock {
  at: number;
}

/** Fills an empty server through its own operations, so that the audit log tells the same story as the keys. */
export async function fillDemo(app: App, clock: Clock): Promise<void> {
  const now = clock.at;
  clock.at = now - 30 * DAY_MS;
  const owner = await makeOwner(app);
  const callers = new Map([[PEOPLE[0]?.name ?? '', owner]]);
  const owners = new Map([[PEOPLE[0]?.name ?? '', owner.owner.id]]);
  for (const person of PEOPLE.slice(1)) {
    clock.at += 3 * MINUTE_MS;
    const id = await invite(app, owner, person);
    owners.set(person.name, id);
    callers.set(person.name, memberCaller(owner.account, id, person));
  }
  for (const one of SERVICE_ACCOUNTS) {
    clock.at += 2 * MINUTE_MS;
    owners.set(one.name, (await as(app, owner, 'createServiceAccount', one)).id);
  }
  const projects = await makeProjects(app, owner.account, clock.at);
  const orders = await makeOrders(app, owner);
  await as(app, owner, 'updateKeyPolicy', { keysPerOwnerMax: 5 });
  const steps = KEYS.flatMap(key => {
    const caller = (key.createdByAdmin ? callers.get('Tomás Rivera') : callers.get(key.owner)) ?? owner;
    const places = { owner: owners.get(key.owner), project: projects.get(key.project ?? ''), orders };
    return stepsOf(app, caller, key, places, now);
  });
  const left = owners.get(LEFT);
  if (left !== undefined)
    steps.push({ at: now - DAY_MS, play: () => as(app, owner, 'deactivateMember', { member: left }) });
  steps.push({ at: now - 9 * DAY_MS, play: () => makeCustomer(app, owner) });
  const shop = owners.get(LEGACY_KEY.owner) ?? owner.owner.id;
  steps.push({ at: now - 20 * DAY_MS, play: () => importLegacyKey(app, owner, shop, now) });
  // In the order of time, so that the audit log runs forwards.
  for (const step of steps.sort((a, b) => a.at - b.at)) {
    clock.at = Math.max(clock.at + 1000, step.at);
    await step.play();
  }
  clock.at = now;
}

async function makeOwner(app: App): Promise<Caller> {
  const person = PEOPLE[0];
  if (person === undefined) throw new Error('the demo has nobody');
  const token = app.setupToken.issue(app.random).reveal();
  const { account, member } = await call(app, undefined, 'setUp', {
    token,
    account: 'Northwind Weather',
    name: person.name,
    email: person.email,
    password: DEMO_PASSWORD,
  });
  return memberCaller(account, member, person);
}

async function invite(app: App, owner: Caller, person: (typeof PEOPLE)[number]): Promise<string> {
  const invited = await as(app, owner, 'inviteMember', { name: person.name, email: person.email, role: person.role });
  const token = invited.invitation.split('token=')[1] ?? '';
  if (person.state !== 'invited')
    await call(app, undefined, 'acceptInvitation', { token, name: person.name, password: DEMO_PASSWORD });
  return invited.id;
}

async function makeProjects(app: App, account: string, createdAt: number): Promise<Map<string, string>> {
  const projects = PROJECTS.map(project => ({ ...project, id: newId('prj', app.random), account, createdAt }));
  await app.store.transact(async tx => {
    for (const project of projects) await insertProject(tx, project);
  });
  return new Map(projects.map(project => [project.name, project.id]));
}

/** A customer, whose account the company manages. */
async function makeCustomer(app: App, owner: Caller): Promise<void> {
  const { id } = await as(app, owner, 'createManagedAccount', { name: CUSTOMER.name });
  const caller = inManaged(id, owner);
  for (const { name, description, keys } of CUSTOMER.serviceAccounts) {
    const robot = await as(app, caller, 'createServiceAccount', { name, description });
    for (const key of keys) await as(app, caller, 'createAccessKey', { ...key, owner: robot.id });
  }
}

type Places = { owner: string | undefined; project: string | undefined; orders: string };

interface Step {
  at: number;
  play: () => Promise<unknown>;
}

/** What happens to a key in thirty days: it is made, used, and perhaps switched off. */
function stepsOf(app: App, caller: Caller, demo: DemoKey, { orders, ...places }: Places, now: number): Step[] {
  const { name, description, permission, networks, tags } = demo;
  const grants = demo.orders && { [orders]: demo.orders };
  const createdAt = now - demo.daysAgo * DAY_MS + 2 * HOUR_MS;
  const end = demo.lifetimeDays === undefined ? null : createdAt + demo.lifetimeDays * DAY_MS;
  const begin = demo.beginsInDays === undefined ? null : now + demo.beginsInDays * DAY_MS;
  const times = { expiresAt: end && iso(end), notBefore: begin && iso(begin) };
  const usedUntil = Math.min(lastUse(demo, now), end ?? now);
  let key = '';
  const create = async () => {
    const input = { name, description, permission, grants, networks, tags, ...places, ...times };
    ({ key } = await as(app, caller, 'createAccessKey', input));
    await use(app, key, demo, { from: createdAt, until: usedUntil, api: demo.orders ? orders : null });
  };
  const steps: Step[] = [{ at: createdAt, play: create }];
  if (demo.deactivated) {
    steps.push({ at: usedUntil + HOUR_MS, play: () => as(app, caller, 'deactivateAccessKey', { key }) });
  }
  return steps;
}

/** A key that was switched off was used until ten days ago, one of somebody who left until they did. */
function lastUse(demo: DemoKey, now: number): number {
  if (demo.deactivated) return now - 10 * DAY_MS;
  return demo.owner === LEFT ? now - DAY_MS : now - (2 + demo.daysAgo * 7) * MINUTE_MS;
}

/** A key from before Keywright, that was never replaced. */
async function importLegacyKey(app: App, owner: Caller, shop: string, now: number): Promise<void> {
  const secret = `shop_live_${app.random(18).toHex()}`;
  const createdAt = iso(now - 3 * 365 * DAY_MS);
  const { name, description } = LEGACY_KEY;
  await as(app, owner, 'importAccessKeys', { rows: [{ owner: shop, name, description, secret, createdAt }] });
  const [key] = (await as(app, owner, 'listAccessKeys', { text: name })).items;
  const until = now - 4 * MINUTE_MS;
  if (key) await use(app, key.key, LEGACY_KEY, { from: now - 20 * DAY_MS, until, api: null });
}

type Span = { from: number; until: number; api: string | null };

async function use(
  app: App,
  key: string,
  demo: Pick<DemoKey, 'perDay' | 'networks' | 'agent'>,
  { from, until, api }: Span,
): Promise<void> {
  if (demo.perDay === 0) return;
  const address = demo.networks === undefined ? OFFICE : '10.20.4.17';
  for (let day = Math.floor(from / DAY_MS); day <= Math.floor(until / DAY_MS); day++) {
    const isWeekend = [0, 6].includes(new Date(day * DAY_MS).getUTCDay());
    // Some days are busier than others; the demo needs no real chance for that.
    const share = (isWeekend ? 0.3 : 1) * (0.7 + ((day * 7919 + key.charCodeAt(5)) % 60) / 100);
    const count = Math.max(1, Math.round(demo.perDay * share));
    const at = Math.min(until, (day + 1) * DAY_MS - 1);
    await app.store.uses.writeUses([{ key, at, address, agent: demo.agent ?? null, api, count }]);
  }
}

function memberCaller(account: string, id: string, person: { name: string; role: Role }): Caller {
  const owner = { kind: 'member', id, name: person.name, role: person.role } as const;
  return {
    via: 'session',
    account,
    owner,
    permission: 'read_write',
    key: undefined,
    session: undefined,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
