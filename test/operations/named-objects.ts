import { inputProperties, type Operation, operations } from '@keywright/contract';

/** Fields of inputs that name an object. */
export const NAMES_OBJECT = [
  'key',
  'member',
  'owner',
  'serviceAccount',
  'session',
  'project',
  'actor',
  'target',
  'account',
  'api',
  'verifier',
];

/** The fields of one operation that name an object. */
export function objectFields(entry: Operation): string[] {
  return Object.keys(inputProperties(entry)).filter(field => NAMES_OBJECT.includes(field) && !isNew(entry, field));
}

/** Each such field of each operation. */
export const named = operations.flatMap(entry =>
  objectFields(entry).map(field => ({ entry, field, place: `${entry.name}.${field}` })),
);

/** `setUp` takes the name of an account that is yet to be made; a verifier that connects has drawn its id itself. */
function isNew({ name }: Operation, field: string): boolean {
  return (name === 'setUp' && field === 'account') || (name === 'readChanges' && field === 'verifier');
}

/** An id of the same form that nothing has. */
export function absentLike(id: string): string {
  if (id.startsWith('KW')) return `KW${'A'.repeat(18)}`;
  return /_[a-z2-7]{20}$/.test(id) ? id.replace(/[a-z2-7]{20}$/, 'a'.repeat(20)) : '0'.repeat(36);
}
