import { BUILT_IN_API } from '@keywright/core';
import type { ReadHandler } from '../../context.ts';
import { builtInApi, builtInTags } from './built-in-api.ts';
import { apiById, presentApiDetail } from './present-api.ts';

export const getApi: ReadHandler<'getApi'> = async (context, input) =>
  input.api === BUILT_IN_API
    ? { ...builtInApi, tags: builtInTags() }
    : presentApiDetail(context, await apiById(context, input.api));
