import { isSetUp } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';

export const getSetup: ReadHandler<'getSetup'> = async ({ app, db }) => ({
  needed: !(await isSetUp(db)),
  openAccess: app.config.openAccess,
  version: app.version,
});
