import type { ReadHandler } from '../../context.ts';
import { presentRules, rulesAt } from './key-rules.ts';

export const getKeyPolicy: ReadHandler<'getKeyPolicy'> = async (context, { project }) =>
  presentRules(await rulesAt(context, project));
