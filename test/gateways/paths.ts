/** Paths that every gateway passes on, for a key that may do all. */
export const PATHS = [
  '/',
  '/a%2Fb',
  '/a%20b?x=1&y=%26',
  '/%E2%9C%93',
  '/a//b',
  '/a/../b',
  '/a/./b/',
  '/a;x=1',
  '/a/%2e%2e/b',
  '/v1/auth',
  '/_keywright/',
  '/_keywright/../x',
  '/_KEYWRIGHT',
  '/?/_keywright',
  '/a?auth_request=off',
];

export interface PathCase {
  path: string;
  /** It is for the endpoint `GET /orders/{order}`, and for no other however it is read. */
  isGiven: boolean;
}

/** A key that may `GET /orders/{order}`, and neither its refund nor its siblings nor `/admin`, asks for all these. */
const GIVEN = [
  '/orders/7',
  '/orders/7?next=/admin',
  '/orders/7?/../admin',
  '/orders/K%C3%B6ln',
  '/orders/%37',
  '/orders/a.b',
];
const NOT_GIVEN = [
  '/admin',
  '/orders/7/refund',
  '/orders/7/refund?x=/orders/7',
  '/orders/../admin',
  '/orders/..%2fadmin',
  '/orders/..%2Fadmin',
  '/orders/%2e%2e/admin',
  '/orders/%2E%2E%2Fadmin',
  '/orders/.%2e/admin',
  '/orders/7%2f..%2f..%2fadmin',
  '/orders/7%5c..%5c..%5cadmin',
  '/orders/%252e%252e%252fadmin',
  '/orders/..;/admin',
  '/orders/7/..;/..;/admin',
  '//admin',
  '/orders/7;/refund',
  '/orders/7;a=b',
  '/orders/7%3b/refund',
  '/orders/7%3Ba',
  '/orders/7%2frefund',
  '/orders/7%252frefund',
  '/orders/7/',
  '/orders/exportAll',
  '/orders/exportall',
  '/orders/EXPORTALL',
  '/orders/export%61ll',
  '/orders/exportall/',
  '/orders/all/',
  '/orders/all',
  '/orders/ALL',
  '/orders/',
  '/orders/.',
  '/orders/..',
  '/orders/%2e',
  '/orders/...',
  '/orders/7%00',
  '/ORDERS/7',
  '/orders%2f7',
  '/Admin',
];
/** Those too, unless the gateway has tidied them. */
const UNTIDY = ['/x/../orders/7', '/x/%2e%2e/orders/7', '/./orders/7', '//orders/7', '/orders//7', '/%6frders/7'];

/** The paths, as they are judged behind a gateway that tidies them so, or not at all. */
export function carelessPaths(tidies: ((path: string) => string) | undefined): PathCase[] {
  return [
    ...GIVEN.map(path => ({ path, isGiven: true })),
    ...NOT_GIVEN.map(path => ({ path, isGiven: false })),
    ...UNTIDY.map(path => ({ path, isGiven: tidies !== undefined })),
  ];
}
