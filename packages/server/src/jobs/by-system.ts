import { appendEvents, lockChanges, type NewEvent, type Tx } from '@keywright/store';
import type { App } from '../app.ts';
import { SYSTEM } from '../callers/caller.ts';

/** An event of what Keywright does by itself. */
export type SystemEvent = Omit<NewEvent, 'actor' | 'address'>;

/** One change by Keywright itself, with its events, as `run` makes those of callers. Answers with what the work does. */
export async function bySystem<Result>(
  app: App,
  work: (tx: Tx, record: (event: SystemEvent) => void) => Promise<Result>,
): Promise<Result> {
  const recorded: NewEvent[] = [];
  const { result, events } = await app.store.transact(async tx => {
    await lockChanges(tx, app.store);
    const result = await work(tx, event => recorded.push({ ...event, actor: SYSTEM, address: null }));
    return { result, events: await appendEvents(tx, recorded) };
  });
  app.feed.publish(events);
  return result;
}
