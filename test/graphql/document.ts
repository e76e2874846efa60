import { makeSchema } from '@keywright/server/graphql';
import { type GraphQLField, type GraphQLNamedType, getNamedType, isObjectType, isUnionType } from 'graphql';

const schema = makeSchema();
/** What leads to another noun is asked for by name only: a key's owner has keys, which have owners. */
const LINKS = new Set(['member', 'serviceAccount', 'project', 'lastEvents', 'accessKeys']);

/** A document that calls one operation with its input in variables, and asks for all that it answers, without links. */
export function documentFor(name: string): string {
  const [kind, field] = rootField(name);
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const given = field.args.map(argument => `${argument.name}: $${argument.name}`).join(', ');
  const head = field.args.length === 0 ? name : `${name}(${given})`;
  return `${kind} ${variables && `Call(${variables})`} { ${head} ${selection(getNamedType(field.type))} }`;
}

function rootField(name: string): ['query' | 'mutation', GraphQLField<unknown, unknown>] {
  const query = schema.getQueryType()?.getFields()[name];
  if (query !== undefined) return ['query', query];
  const mutation = schema.getMutationType()?.getFields()[name];
  if (mutation === undefined) throw new Error(`there is no field ${name}`);
  return ['mutation', mutation];
}

function selection(type: GraphQLNamedType): string {
  if (isUnionType(type))
    return `{ ${type
      .getTypes()
      .map(part => `... on ${part.name} ${selection(part)}`)
      .join(' ')} }`;
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).filter(field => !isLink(type, field));
  return `{ ${fields.map(field => `${asInContract(field.name)} ${selection(getNamedType(field.type))}`).join(' ')} }`;
}

/** A link leads to an object or has arguments; `AccessKey.project` was an id in the contract. */
function isLink(parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>): boolean {
  return (
    LINKS.has(field.name) &&
    parent.name !== 'ProjectLinks' &&
    (isObjectType(getNamedType(field.type)) || field.args.length > 0)
  );
}

function asInContract(name: string): string {
  return name === 'projectId' ? 'project: projectId' : name;
}
