import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Receipt } from '@keywright/contract';
import { receiptSentence } from './receipt-text.ts';

const node = { kind: 'node', id: 'nod_1', name: 'vm:1' } as const;
const till = (id: string) => ({ kind: 'verifier', id, name: 'Till' }) as const;
const receipt = (more: Partial<Receipt>): Receipt => ({
  sequence: 1,
  complete: false,
  ms: 12,
  acknowledged: [{ ...node, ms: 1, lapsed: false }],
  missing: [],
  ...more,
});

for (const [what, given, sentence] of [
  ['all have heard', receipt({ complete: true }), 'Refused everywhere after 12 ms (1 node).'],
  [
    'two of one name have not',
    receipt({ missing: [till('ver_1'), till('ver_2')] }),
    'Not everywhere yet: 2 of 3 did not answer within 12 ms. What was before may still count at: Till (ver_1), Till (ver_2).',
  ],
  [
    'it was not found out who else decides',
    receipt({}),
    'Perhaps not everywhere yet: who decides could not be found out within 12 ms. Processes that were not heard of may still decide by what was before. See who is there under Settings, Verifiers.',
  ],
] as const)
  test(`a receipt in a sentence: ${what}`, () => assert.equal(receiptSentence('Refused', given), sentence));
