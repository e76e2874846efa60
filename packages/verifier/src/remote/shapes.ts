/** What the server sent is not what it says it sends. The message names the place, never the value. */
export class ShapeError extends Error {
  constructor(where: string, expected: string) {
    super(`The answer of the server can not be read: ${where} is not ${expected}.`);
    this.name = 'ShapeError';
  }
}

/** Reads a part of JSON, or throws ShapeError. What is not asked for is passed over, so that a newer server may say more. */
export type Shape<Value> = (value: unknown, where: string) => Value;

export const text: Shape<string> = (value, where) => (typeof value === 'string' ? value : fail(where, 'a text'));

export const flag: Shape<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : fail(where, 'true or false');

export const count: Shape<number> = (value, where) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : fail(where, 'a whole number from 0');

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** ISO 8601 in UTC, as milliseconds since 1970. */
export const time: Shape<number> = (value, where) => {
  const at = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? fail(where, 'a time') : at;
};

export function oneOf<const Texts extends readonly string[]>(...texts: Texts): Shape<Texts[number]> {
  return (value, where) => texts.find(one => one === value) ?? fail(where, `one of ${texts.join(', ')}`);
}

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  return (value, where) => (value === null ? null : shape(value, where));
}

export function list<Value>(shape: Shape<Value>): Shape<Value[]> {
  return (value, where) =>
    Array.isArray(value) ? value.map((one, n) => shape(one, `${where}[${n}]`)) : fail(where, 'a list');
}

/** So that those of one kind take some MB at most, whatever they hold. */
const SHARED_MAX = 10_000;
const SHARED_CHARS_MAX = 1_000_000;
const CHARS_MAX = 4000;

/** Many keys have the same: one frozen object for all that are alike. */
export function shared<Value extends object>(shape: Shape<Value>): Shape<Value> {
  const known = new Map<string, Value>();
  let chars = 0;
  return (value, where) => {
    const text = JSON.stringify(value) ?? '';
    const found = known.get(text);
    if (found !== undefined) return found;
    const read = frozen(shape(value, where));
    if (text.length > CHARS_MAX) return read;
    chars += text.length;
    if (chars > SHARED_CHARS_MAX || known.size >= SHARED_MAX) {
      known.clear();
      chars = text.length;
    }
    known.set(text, read);
    return read;
  };
}

/** With all that it holds. */
function frozen<Value extends object>(value: Value): Value {
  for (const one of Object.values(value)) if (typeof one === 'object' && one !== null) frozen(one);
  return Object.freeze(value);
}

/** The fields of an object. */
export function fields(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(where, 'an object');
  return value as Record<string, unknown>; // looked at right above
}

export function object<Shapes extends Record<string, Shape<unknown>>>(
  shapes: Shapes,
): Shape<{ -readonly [Name in keyof Shapes]: ReturnType<Shapes[Name]> }> {
  const entries = Object.entries(shapes);
  return (value, where) => {
    const given = fields(value, where);
    const read = entries.map(([name, shape]) => [name, shape(own(given, name), `${where}.${name}`)]);
    return Object.fromEntries(read); // each of the shapes under its name
  };
}

/** JSON, or throws ShapeError. */
export function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return fail(where, 'JSON');
  }
}

export function fail(where: string, expected: string): never {
  throw new ShapeError(where, expected);
}

function own(given: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
