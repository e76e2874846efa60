import { BUILT_IN_API } from '@keywright/core';
import { listEndpoints as list } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { listBuiltIn } from './built-in-api.ts';
import { apiById } from './present-api.ts';

export const listEndpoints: ReadHandler<'listEndpoints'> = async (context, input) => {
  if (input.api === BUILT_IN_API) return listBuiltIn(input);
  return list(context.db, (await apiById(context, input.api)).id, input);
};
