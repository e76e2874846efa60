export { KEY_SORTS } from './access-keys.ts';
export { ENDPOINT_METHODS } from './apis.ts';
export * from './client.ts';
export * from './contract.ts';
export { formatPath, fromStrings, inputProperties, type Schema, schemaOf } from './encode.ts';
export { legacyKey } from './legacy-keys.ts';
export { MEMBER_STATES } from './members.ts';
export * from './operation.ts';
