import { hasAccount } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';

export const getSetup: ReadHandler<'getSetup'> = async ({ app, db }) => ({
  needed: !(await hasAccount(db)),
  version: app.version,
});
