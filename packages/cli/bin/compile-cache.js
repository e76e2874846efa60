/**
 * Keeps compiled code, and TypeScript without its types, for the next start. An old Node, which has no such cache, may read this file. Beside the
 * packages, not in the shared folder for temporary files, where another user could plant compiled code.
 */
export async function keepCompiledCode() {
  const { enableCompileCache } = await import('node:module');
  if (enableCompileCache) enableCompileCache(`${import.meta.dirname}/../../../node_modules/.cache/keywright`);
}
