import { STEPS } from '../../packages/store/src/migrations/index.ts';
import { LARGE_INDEXES } from '../../packages/store/src/migrations/large-indexes.ts';
import { NEXT_INDEXES, NEXT_STEPS } from '../store/next-version.ts';

/** Loaded before the server (`--import`): makes it one of the next version, as far as the schema goes. */
Object.assign(STEPS, NEXT_STEPS);
Object.assign(LARGE_INDEXES, NEXT_INDEXES);
