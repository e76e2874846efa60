export { FactsCache, type LoadFacts } from './facts-cache.ts';
export { digestOf, Verifier } from './verifier.ts';
