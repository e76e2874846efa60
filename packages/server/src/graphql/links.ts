import { invalid, limits } from '@keywright/core';
import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType } from 'graphql';
import type { Loaders } from './loaders.ts';
import type { Field } from './output-types.ts';
import type { Types } from './types.ts';

type Linked = Record<string, unknown>;

/** What leads from one noun to another. It is judged as the operation that it stands for. */
interface Link {
  /** The type that it leads to. */
  to: string;
  description: string;
  /** How many, where it leads to a list and no limit is given. */
  many?: number;
  /** Null where there is nothing to follow. */
  follow: (source: Linked, loaders: Loaders, limit: number) => Promise<unknown> | null;
}

const member: Link = {
  to: 'Member',
  description: 'The member, if it is one that the caller can see.',
  follow: ({ kind, id }, loaders) => (kind === 'member' ? loaders.member.load(String(id)) : null),
};
const serviceAccount: Link = {
  to: 'ServiceAccount',
  description: 'The service account, if it is one that the caller can see.',
  follow: ({ kind, id }, loaders) => (kind === 'service_account' ? loaders.serviceAccount.load(String(id)) : null),
};
const project: Link = {
  to: 'Project',
  description: 'The project; null for none.',
  follow: (source, loaders) => (typeof source.project === 'string' ? loaders.project.load(source.project) : null),
};
const lastEvents: Link = {
  to: 'Event',
  description: 'What happened to it last, newest first.',
  many: 5,
  follow: ({ key }, loaders, limit) => loaders.eventsOfKey(limit).load(String(key)),
};
const accessKeys: Link = {
  to: 'AccessKey',
  description: 'Its access keys that the caller can see, newest first.',
  many: limits.pageItemsDefault,
  follow: ({ id }, loaders, limit) => loaders.keysOfOwner(limit).load(String(id)),
};
const ofKey = { project, lastEvents };

/** By the name of the type that has them. */
export const LINKS: Record<string, Record<string, Link>> = {
  Party: { member, serviceAccount },
  AccessKey: ofKey,
  AccessKeyDetail: ofKey,
  NewAccessKey: ofKey,
  Member: { accessKeys },
  InvitedMember: { accessKeys },
  ServiceAccount: { accessKeys },
  Api: { project },
  ApiDetail: { project },
  Project: {
    accessKeys: { ...accessKeys, follow: ({ id }, loaders, limit) => loaders.keysOfProject(limit).load(String(id)) },
  },
};

/** The links of a type as fields, as far as the schema has the types that they lead to. */
export function linkFields(type: string, types: Types): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [name, link] of Object.entries(LINKS[type] ?? {})) {
    const target = types.get(link.to);
    if (target instanceof GraphQLObjectType) fields[name] = linkField(link, target);
  }
  return fields;
}

function linkField({ description, many, follow }: Link, target: GraphQLObjectType): Field {
  if (many === undefined)
    return { type: target, description, resolve: (source, _, { loaders }) => follow(source, loaders, 1) };
  return {
    type: new GraphQLList(new GraphQLNonNull(target)),
    description,
    args: {
      limit: { type: GraphQLInt, defaultValue: many, description: `How many at most: 1 to ${limits.pageItemsMax}.` },
    },
    resolve: (source, { limit }, { loaders }) => follow(source, loaders, checked(limit ?? many)),
  };
}

function checked(limit: number): number {
  if (limit >= 1 && limit <= limits.pageItemsMax) return limit;
  throw invalid('limit', 'range', `must be at least 1 and at most ${limits.pageItemsMax}`);
}
