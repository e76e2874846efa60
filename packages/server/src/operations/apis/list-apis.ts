import type { ParsedOf } from '@keywright/contract';
import { type ApiScope, listApis as list } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { builtInApi } from './built-in-api.ts';
import { apiScope, presentApi } from './present-api.ts';

/** The page after one that the built-in API has filled alone. */
const AFTER_BUILT_IN = 'keywright';

export const listApis: ReadHandler<'listApis'> = async (context, input) => {
  const scope = scopeOf(apiScope(context), input.project);
  if (scope === undefined) return { items: [], nextCursor: null };
  const { cursor, limit, ...filter } = input;
  if (cursor !== undefined || !showsBuiltIn(input)) {
    const page = await list(context.db, scope, cursor === AFTER_BUILT_IN ? { ...filter, limit } : input);
    return { ...page, items: page.items.map(presentApi) };
  }
  const { items, nextCursor } = await list(context.db, scope, { ...filter, limit: Math.max(limit - 1, 1) });
  if (limit === 1) return { items: [builtInApi], nextCursor: items.length > 0 ? AFTER_BUILT_IN : null };
  return { items: [builtInApi, ...items.map(presentApi)], nextCursor };
};

/** At the endpoint of a project there are no others. */
function scopeOf(scope: ApiScope, project: string | undefined): ApiScope | undefined {
  if (project === undefined || scope.project === project) return scope;
  return scope.project === undefined ? { ...scope, project } : undefined;
}

function showsBuiltIn({ project, text = '' }: ParsedOf<'listApis'>): boolean {
  const words = `${builtInApi.name}\n${builtInApi.description}`.toLowerCase();
  return project === undefined && words.includes(text.toLowerCase());
}
