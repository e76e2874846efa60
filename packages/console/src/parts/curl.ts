import type { requestOf } from '@keywright/contract';

/** A text as one word of a POSIX shell. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A request as a line for the terminal; the key comes from the environment, so that it is not in the shell's history. */
export function curlOf(request: ReturnType<typeof requestOf> & { account: string | null }): string {
  const { method, path, body, account } = request;
  const words = ['curl', '-u "$KEYWRIGHT_KEY:$KEYWRIGHT_SECRET"'];
  if (method !== 'GET') words.push(`-X ${method}`);
  if (account !== null) words.push(`-H ${quoted(`Keywright-Account: ${account}`)}`);
  if (body !== undefined) words.push(`-H ${quoted('Content-Type: application/json')}`, `-d ${quoted(body)}`);
  return [...words, quoted(`${location.origin}${path}`)].join(' ');
}
