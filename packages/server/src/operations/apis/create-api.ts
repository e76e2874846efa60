import { invalid, KeywrightError, limits, newId } from '@keywright/core';
import { countApis, insertApi, projectState } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { apiTarget, presentApiDetail } from './present-api.ts';

export const createApi: Handler<'createApi'> = async (context, input) => {
  const { app, tx, at } = context;
  const { account } = callerOf(context);
  const project = input.project ?? null;
  if (project !== null && (await projectState(tx, account, project)) !== 'active')
    throw invalid('project', 'project', 'is no project of this account, or an archived one');
  if ((await countApis(tx, account)) >= limits.apisPerAccountMax)
    throw new KeywrightError('conflict', `An account can have at most ${limits.apisPerAccountMax} APIs.`);
  const { name, description = null } = input;
  const made = { id: newId('api', app.random), account, project, name, description, createdAt: at };
  await insertApi(tx, made);
  context.record({ target: apiTarget(made), details: { project } });
  return presentApiDetail(context, { ...made, basePath: null, endpoints: 0 });
};
