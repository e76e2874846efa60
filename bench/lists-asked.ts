import { limits } from '@keywright/core';
import { type Filled, WORDS } from './lists-filled.ts';

const PAGES = 100;

type Asked = Record<string, () => Promise<unknown>>;

/** Every list and every search that the console makes, and what each asks for. */
export async function asked(filled: Filled): Promise<Asked> {
  return { ...(await ofKeys(filled)), ...(await ofEvents(filled)), ...ofOthers(filled) };
}

async function ofKeys({ client, owner, project, keys }: Filled): Promise<Asked> {
  const deep = await cursorAfter(cursor => client.listAccessKeys({ limit: 100, cursor }));
  const deepByName = await cursorAfter(cursor => client.listAccessKeys({ sort: 'name', limit: 100, cursor }));
  // The last key of that word: no other name begins like its.
  const last = keys - (keys % WORDS.length) - WORDS.length + WORDS.indexOf('weather');
  return {
    'keys, newest first': () => client.listAccessKeys(),
    'keys, by name': () => client.listAccessKeys({ sort: 'name' }),
    'keys, 10,000 further on': () => client.listAccessKeys({ cursor: deep }),
    'keys by name, 10,000 further on': () => client.listAccessKeys({ sort: 'name', cursor: deepByName }),
    'keys, last used first': () => client.listAccessKeys({ sort: '-lastUsed' }),
    'keys, longest unused first': () => client.listAccessKeys({ sort: 'lastUsed' }),
    'keys, a page as long as can be': () => client.listAccessKeys({ limit: limits.pageItemsMax }),
    'keys of an owner': () => client.listAccessKeys({ owner }),
    'keys of a project': () => client.listAccessKeys({ project }),
    'keys of a project, by name': () => client.listAccessKeys({ project, sort: 'name' }),
    'keys of a project, a search that finds none': () => client.listAccessKeys({ project, text: 'no such key' }),
    'inactive keys': () => client.listAccessKeys({ state: 'inactive' }),
    'expired keys (there is none)': () => client.listAccessKeys({ state: 'expired' }),
    'keys, a search that finds many': () => client.listAccessKeys({ text: 'weather' }),
    'keys, a search that finds a hundred': () => client.listAccessKeys({ text: 'weather 77' }),
    'keys, a search that finds one': () => client.listAccessKeys({ text: `weather ${last}` }),
    'keys, a search that finds none': () => client.listAccessKeys({ text: 'no such key' }),
  };
}

async function ofEvents({ client, member, owner, at }: Filled): Promise<Asked> {
  const deep = await cursorAfter(cursor => client.listEvents({ limit: 100, cursor }));
  return {
    events: () => client.listEvents({}),
    'events, 10,000 further on': () => client.listEvents({ cursor: deep }),
    'events of a rare action': () => client.listEvents({ action: 'updateKeyPolicy' }),
    'events of an action that there is none of': () => client.listEvents({ action: 'deleteProject' }),
    'events of a member': () => client.listEvents({ actor: owner }),
    'events of an object': () => client.listEvents({ target: 'key_7' }),
    'events until long ago': () => client.listEvents({ until: new Date(at - 90_000_000).toISOString() }),
    'a member sees their own events': () => member.listEvents({}),
  };
}

function ofOthers({ client, member, api, members, others }: Filled): Asked {
  const one = String(others - 1);
  return {
    'members by name': () => client.listMembers({}),
    'members, newest first': () => client.listMembers({ sort: '-createdAt' }),
    'administrators among the members': () => client.listMembers({ role: 'admin' }),
    'invited members (there is none)': () => client.listMembers({ state: 'invited' }),
    'members, a search that finds one': () => client.listMembers({ text: `member ${members - 1}` }),
    'members, a search that finds none': () => client.listMembers({ text: 'nobody' }),
    'service accounts': () => client.listServiceAccounts({}),
    'service accounts, a search that finds one': () => client.listServiceAccounts({ text: one }),
    'service accounts, a search that finds none': () => client.listServiceAccounts({ text: 'nobody' }),
    projects: () => client.listProjects({}),
    'projects that are not archived': () => client.listProjects({ archived: false }),
    'projects, a search that finds one': () => client.listProjects({ text: one }),
    'projects, a search that finds none': () => client.listProjects({ text: 'no such project' }),
    APIs: () => client.listApis({}),
    'APIs, a search that finds one': () => client.listApis({ text: 'github' }),
    'APIs, a search that finds none': () => client.listApis({ text: 'no such API' }),
    'an API with its groups': () => client.getApi({ api }),
    "endpoints of GitHub's API": () => client.listEndpoints({ api, limit: limits.pageItemsMax }),
    'endpoints of a group': () => client.listEndpoints({ api, tag: 'repos' }),
    'endpoints that write': () => client.listEndpoints({ api, reads: false }),
    'endpoints, a search that finds many': () => client.listEndpoints({ api, text: 'repos' }),
    'endpoints, a search that finds none': () => client.listEndpoints({ api, text: 'no such endpoint' }),
    accounts: () => client.listAccounts({}),
    'accounts, a search that finds one': () => client.listAccounts({ text: one }),
    'accounts, a search that finds none': () => client.listAccounts({ text: 'no such account' }),
    'accounts of a member': () => member.listAccounts({}),
    'nodes and verifiers': () => client.listVerifiers({}),
  };
}

/** Where the page after so many begins. */
async function cursorAfter(list: (cursor: string | undefined) => Promise<{ nextCursor: string | null }>) {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) cursor = (await list(cursor)).nextCursor ?? cursor;
  return cursor;
}
