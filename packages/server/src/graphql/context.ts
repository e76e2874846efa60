import type { Receipt } from '@keywright/contract';
import type { App } from '../app.ts';
import type { Call } from '../run.ts';
import type { Loaders } from './loaders.ts';

/** What one request brings to every field. */
export interface GraphqlContext {
  app: App;
  call: Call;
  requestId: string;
  /** A browser made it on a page of another site, and sent along what it keeps for ours. */
  crossSite: boolean;
  loaders: Loaders;
  /** Those of fields that are only `true`, by the names under which they are answered. */
  receipts: Map<string, Receipt>;
}
