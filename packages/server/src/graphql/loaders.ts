import type { AccessKey, Event, Member, OperationName, Project, ServiceAccount } from '@keywright/contract';
import { getMembers, getProjects, getServiceAccounts, latestEventsOf, newestKeysOf } from '@keywright/store';
import DataLoader from 'dataloader';
import type { App } from '../app.ts';
import { callerOf, ownScope, type ReadContext } from '../context.ts';
import { presentAccessKey } from '../operations/access-keys/present-access-key.ts';
import { presentEvents } from '../operations/events/list-events.ts';
import { presentMember } from '../operations/members/present-member.ts';
import { presentProject } from '../operations/projects/present-project.ts';
import { presentServiceAccount } from '../operations/service-accounts/present-service-account.ts';
import { type Call, readMany } from '../run.ts';

/** Follows the links of one request: all of one kind that are asked for at a time are one query. */
export interface Loaders {
  member: DataLoader<string, Member | null>;
  serviceAccount: DataLoader<string, ServiceAccount | null>;
  project: DataLoader<string, Project | null>;
  keysOfOwner: (limit: number) => DataLoader<string, AccessKey[]>;
  keysOfProject: (limit: number) => DataLoader<string, AccessKey[]>;
  eventsOfKey: (limit: number) => DataLoader<string, Event[]>;
}

/** SQLite takes 500 parts in one query. */
const BATCH = 250;

export function makeLoaders(app: App, call: Call): Loaders {
  const loader = <Value>(name: OperationName, read: (context: ReadContext, ids: string[]) => Promise<Value[]>) =>
    // A change may come between two looks, so nothing is kept.
    new DataLoader<string, Value>(ids => readMany(app, name, call, context => read(context, [...ids])), {
      cache: false,
      maxBatchSize: BATCH,
    });
  const keysOf = (column: 'owner_id' | 'project_id') =>
    perLimit(limit =>
      loader('listAccessKeys', async (context, ids) => {
        const scope = { account: accountOf(context), owner: ownScope(context), project: context.project };
        const keys = await newestKeysOf(context.db, scope, column, unique(ids), limit);
        const shown = keys.map(key => presentAccessKey(key, context.at));
        return ids.map(id => shown.filter(key => id === (column === 'owner_id' ? key.owner.id : key.project)));
      }),
    );
  return {
    member: loader('getMember', async (context, ids) =>
      inOrder(ids, (await getMembers(context.db, accountOf(context), unique(ids))).map(presentMember)),
    ),
    serviceAccount: loader('getServiceAccount', async (context, ids) =>
      inOrder(ids, (await getServiceAccounts(context.db, accountOf(context), unique(ids))).map(presentServiceAccount)),
    ),
    project: loader('getProject', async (context, ids) => {
      const projects = await getProjects(context.db, accountOf(context), unique(ids));
      return inOrder(
        ids,
        projects.map(project => presentProject(app, project)),
      );
    }),
    keysOfOwner: keysOf('owner_id'),
    keysOfProject: keysOf('project_id'),
    eventsOfKey: perLimit(limit =>
      loader('listEvents', async (context, keys) => {
        const filter = { own: ownScope(context), limit };
        const stored = await latestEventsOf(context.db, accountOf(context), unique(keys), filter);
        const events = await presentEvents(context.db, stored);
        return keys.map(key => events.filter(event => event.target.id === key));
      }),
    ),
  };
}

function accountOf(context: ReadContext): string {
  return callerOf(context).account;
}

/** What has the same page size goes into the same batch. */
function perLimit<Loader>(make: (limit: number) => Loader): (limit: number) => Loader {
  const made = new Map<number, Loader>();
  return limit => {
    const loader = made.get(limit) ?? make(limit);
    made.set(limit, loader);
    return loader;
  };
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

function inOrder<Item extends { id: string }>(ids: readonly string[], items: readonly Item[]): (Item | null)[] {
  const byId = new Map(items.map(item => [item.id, item]));
  return ids.map(id => byId.get(id) ?? null);
}
