import { isDeepStrictEqual } from 'node:util';
import { updateApi as update } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { apiTarget, changeableApi, presentApiDetail } from './present-api.ts';

export const updateApi: Handler<'updateApi'> = async (context, input) => {
  const before = await changeableApi(context, input.api);
  const after = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
  };
  if (!isDeepStrictEqual(before, after)) {
    await update(context.tx, before.id, after);
    const [from, to] = [before, after].map(({ name, description }) => ({ name, description }));
    context.record({ target: apiTarget(after), details: { from, to } });
  }
  return presentApiDetail(context, after);
};
