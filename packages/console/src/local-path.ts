/** The path to go on to after signing in; only paths of this console, so that no link leads elsewhere from here. */
export function localPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/')) return '/';
  const url = URL.parse(path, location.origin);
  return url?.origin === location.origin && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/';
}
