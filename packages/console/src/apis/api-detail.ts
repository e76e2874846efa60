import type { OutputOf } from '@keywright/contract';

/** An API with the groups of its endpoints. */
export type ApiDetail = OutputOf<'getApi'>;
