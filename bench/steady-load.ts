import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { BETWEEN_REQUESTS } from './requests.ts';

/**
 * `steady-load.ts PORT REQUESTS PER_SECOND SECONDS random|in-turn`: requests at random moments (a Poisson process), sent whether the earlier ones are answered
 * or not, over 64 connections. A latency counts from the moment when the request was due, so that a server which stands still is not spared
 * (coordinated omission). wrk knows no rate of its own. Few a second are sent at the ticks of a timer instead, and count from there: to wait without
 * one takes a core, which others may need.
 */
const CONNECTIONS = 64;
/** Of the time, while the server warms up. */
const UNCOUNTED = 0.2;
const LATE_MS = 5000;
const FEW_PER_SECOND = 2000;
const BUFFER_BYTES = 4096;

const [port = 0, , perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
const requests = readFileSync(process.argv[3] ?? '', 'latin1').split(BETWEEN_REQUESTS);
const isFew = perSecond <= FEW_PER_SECOND;
const isInTurn = process.argv[6] === 'in-turn';
const count = Math.round(perSecond * seconds);
const due = new Float64Array(count);
for (let n = 1; n < count; n++) due[n] = (due[n - 1] ?? 0) - (Math.log(1 - Math.random()) * 1000) / perSecond;
const latencies = new Float64Array(count);
const idle: Connection[] = [];
let sent = 0;
let answered = 0;
let errors = 0;
let began = 0;
let ticked = 0;

interface Connection {
  socket: Socket;
  /** Which request it waits for. */
  waitsFor: number;
}

for (let n = 0; n < CONNECTIONS; n++) idle.push(await open());
began = performance.now();
const done = Promise.withResolvers<void>();
tick();
await Promise.race([done.promise, setTimeout(seconds * 1000 + LATE_MS, undefined, { ref: false })]);
const took = (performance.now() - began) / 1000;
const counted = latencies.slice(Math.floor(count * UNCOUNTED), count).sort();
const p99Ms = counted[Math.floor(counted.length * 0.99)];
console.log(JSON.stringify({ perSecond: answered / took, p99Ms, errors: errors + count - answered }));
process.exit();

function tick(): void {
  const now = performance.now() - began;
  while (sent < count && idle.length > 0 && (due[sent] ?? 0) <= now) {
    const connection = idle.shift() as Connection; // there is one
    // What was due before the last tick has waited for a connection, and counts from when it was due.
    if (isFew && (due[sent] ?? 0) > ticked) due[sent] = now;
    connection.waitsFor = sent++;
    const one = isInTurn ? connection.waitsFor : Math.floor(Math.random() * requests.length);
    connection.socket.write(requests[one % requests.length] ?? '', 'latin1');
  }
  ticked = now;
  if (answered === count) done.resolve();
  else if (isFew) globalThis.setTimeout(tick, 1);
  else setImmediate(tick);
}

/** Each connection waits for one answer at a time, which is small enough to arrive in one piece. */
async function open(): Promise<Connection> {
  const hear = (length: number, buffer: Uint8Array) => {
    latencies[connection.waitsFor] = performance.now() - began - (due[connection.waitsFor] ?? 0);
    if (buffer[9] !== 0x32 || !isWhole(buffer, length)) errors++; // HTTP/1.1 2xx
    answered++;
    idle.push(connection);
    return true;
  };
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(BUFFER_BYTES), callback: hear },
  });
  const connection = { socket, waitsFor: 0 };
  await once(socket, 'connect');
  return connection;
}

/** It ends with the empty line after the headers, or with the brace of an object. */
function isWhole(buffer: Uint8Array, length: number): boolean {
  const last = buffer[length - 1];
  return last === 0x0a || last === 0x7d;
}
