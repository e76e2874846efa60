import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { App } from '../app.ts';
import { DailyJob } from './daily.ts';

test('what a database that is away did not let be done is done when it is back, and not only a day later', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const answers = [{ code: 'ECONNREFUSED' }, { code: '57P03' }, new Error('something else')];
  const flush = mock.fn(() => Promise.reject(answers.shift()));
  const error = mock.fn();
  const app = { uses: { flush, hurry() {} }, log: { error, debug() {} }, now: () => 0 } as unknown as App; // all that is used of it until then
  const job = new DailyJob(app);
  job.start();
  for (let tried = 1; tried <= 4; tried++) {
    for (let n = 0; n < 5; n++) await setImmediate();
    assert.equal(flush.mock.callCount(), Math.min(tried, 3));
    t.mock.timers.tick(1000);
  }
  assert.equal(error.mock.callCount(), 1);
  await job.stop();
});

test('a node that stops while uses are settled does nothing more: what was not settled has not been idle', async () => {
  const flushing = Promise.withResolvers<void>();
  const error = mock.fn();
  const uses = { flush: () => flushing.promise, hurry: () => flushing.resolve() };
  const app = { uses, log: { error, debug() {} }, now: () => 0 } as unknown as App; // without a store, which would be asked next
  const job = new DailyJob(app);
  job.start();
  await job.stop();
  assert.equal(error.mock.callCount(), 0);
});
