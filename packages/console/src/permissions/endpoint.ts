/** An endpoint as the editor shows it. */
export interface ChoosableEndpoint {
  /** `GET /orders/{}`: what a grant holds. */
  id: string;
  method: string;
  path: string;
  summary: string | null;
  tag: string | null;
  reads: boolean;
}

/** What the endpoints that are shown have in common. */
export interface EndpointFilter {
  text: string;
  /** Empty for all. */
  method: string;
  /** Only those that are chosen already. */
  chosenOnly: boolean;
}

export const NO_FILTER: EndpointFilter = { text: '', method: '', chosenOnly: false };

/** Endpoints that belong together. */
export interface EndpointGroup {
  tag: string;
  endpoints: readonly ChoosableEndpoint[];
}

export const UNTAGGED = 'Without a tag';

/** Groups by tag in alphabetical order, those without a tag last; within a group by path. */
export function groupsOf(endpoints: readonly ChoosableEndpoint[]): EndpointGroup[] {
  const byTag = Map.groupBy(endpoints, ({ tag }) => tag ?? UNTAGGED);
  return [...byTag]
    .map(([tag, group]) => ({ tag, endpoints: group.toSorted(byPath) }))
    .sort((a, b) => Number(a.tag === UNTAGGED) - Number(b.tag === UNTAGGED) || compare(a.tag, b.tag));
}

/** The groups as far as their endpoints fit the filter; each word must be in path, method, summary or tag. */
export function fitting(
  groups: readonly EndpointGroup[],
  { text, method, chosenOnly }: EndpointFilter,
  chosen: ReadonlySet<string>,
): EndpointGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (endpoint: ChoosableEndpoint) =>
    (method === '' || endpoint.method === method) &&
    (!chosenOnly || chosen.has(endpoint.id)) &&
    words.every(word => textIn(endpoint).includes(word));
  return groups
    .map(group => ({ ...group, endpoints: group.endpoints.filter(fits) }))
    .filter(group => group.endpoints.length > 0);
}

/** The methods that occur, in the order of people who read before they write. */
export function methodsOf(endpoints: readonly ChoosableEndpoint[]): string[] {
  const rank = (method: string) => (ORDER.indexOf(method) + ORDER.length + 1) % (ORDER.length + 1);
  return [...new Set(endpoints.map(endpoint => endpoint.method))].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

/** Whether all, some or none of the endpoints are chosen. */
export function chosenState(endpoints: readonly ChoosableEndpoint[], chosen: ReadonlySet<string>) {
  const count = endpoints.filter(endpoint => chosen.has(endpoint.id)).length;
  return { count, all: count === endpoints.length, some: count > 0 && count < endpoints.length };
}

/** Chosen endpoints that the API does not have any more: they are kept until somebody takes them away. */
export function goneFrom(endpoints: readonly ChoosableEndpoint[], chosen: readonly string[]): string[] {
  const there = new Set(endpoints.map(endpoint => endpoint.id));
  return chosen.filter(id => !there.has(id));
}

const ORDER = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

const { compare } = new Intl.Collator('en');
const byPath = (a: ChoosableEndpoint, b: ChoosableEndpoint) =>
  compare(a.path, b.path) || ORDER.indexOf(a.method) - ORDER.indexOf(b.method);
const textIn = ({ id, path, summary, tag }: ChoosableEndpoint) =>
  `${id}\n${path}\n${summary ?? ''}\n${tag ?? ''}`.toLowerCase();
