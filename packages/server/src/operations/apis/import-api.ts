import type { ImportDifference } from '@keywright/contract';
import { limits } from '@keywright/core';
import { allEndpoints, keysGranted, updateApi } from '@keywright/store';
import { prepared } from '../../context.ts';
import { type Difference, differenceOf } from '../../openapi-import/difference.ts';
import { fetchDocument } from '../../openapi-import/fetch-document.ts';
import type { ApiDocument } from '../../openapi-import/read-document.ts';
import { readInWorker } from '../../openapi-import/read-in-worker.ts';
import { applyDifference, checkDifference } from './apply-difference.ts';
import { apiTarget, changeableApi } from './present-api.ts';

/** The document is fetched and read before the transaction; what the API then holds is looked at within it. */
export const importApi = prepared<'importApi', ApiDocument>(
  async (context, input) => {
    const { basePath } = await changeableApi(context, input.api);
    const { url, document = '', files = {} } = input;
    const text = url === undefined ? document : await fetchDocument(url, context.app.config.importNetworks);
    return readInWorker({ text, files, basePath: input.basePath ?? basePath });
  },
  async (context, input, document) => {
    const { tx } = context;
    const api = await changeableApi(context, input.api);
    const before = await allEndpoints(tx, api.id);
    const keys = await keysGranted(tx, api.account, api.id);
    const difference = differenceOf(api.id, before, document.endpoints, keys);
    if (input.apply) {
      checkDifference(difference, input);
      await applyDifference(context, api, difference);
      await updateApi(tx, api.id, {
        ...api,
        basePath: input.basePath === undefined ? api.basePath : document.basePath,
      });
      const { added, changed, removed, widened } = counts(difference);
      const { title, version, basePath } = document;
      const details = { title, version, basePath, added, changed, removed, widened, keys: difference.keys.length };
      context.record({ target: apiTarget(api), details });
    }
    return present(document, difference, input.apply);
  },
);

function counts({ added, changed, removed, widened }: Difference) {
  return { added: added.length, changed: changed.length, removed: removed.length, widened: widened.length };
}

function present(document: ApiDocument, difference: Difference, applied: boolean): ImportDifference {
  const { after, added, changed, removed, widened, keys } = difference;
  const { title, version, basePath, skipped } = document;
  return {
    applied,
    title,
    version,
    basePath,
    endpoints: after.length,
    added: lines(added),
    changed: lines(changed),
    removed: lines(removed),
    widened: lines(widened),
    skipped: lines(skipped),
    keys: lines(keys.map(({ key, name, removed: lost }) => ({ key, name, endpoints: lost.length }))),
  };
}

function lines<Item>(items: Item[]): { count: number; items: Item[] } {
  return { count: items.length, items: items.slice(0, limits.differenceLinesMax) };
}
