export { ApiCache, type LoadApi } from './api-cache.ts';
export { FactsCache, type LoadFacts, newSeen, type Seen } from './facts-cache.ts';
export { Uses } from './uses.ts';
export { digestOf, type FindForeign, type Sources, Verifier } from './verifier.ts';
