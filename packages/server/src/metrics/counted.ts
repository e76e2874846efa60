import { Door } from './door.ts';
import { Requests } from './requests.ts';

/** What is counted on the way and read for `/metrics` only. */
export class Counted {
  /** By the doors at which keys are decided about. */
  readonly doors = { forward_auth: new Door(), verify: new Door(), management: new Door() };
  readonly requests = new Requests();
}
