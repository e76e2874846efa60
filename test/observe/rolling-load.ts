import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Between two questions of a line, so that there is time for all else on the machine. */
const PACE_MS = 15;

/** What was asked, and everything that was not answered as it should be. */
export interface Answered {
  asked: number;
  failed: string[];
}

/** One request; its answer is the status, and how the connection goes on. */
export interface Asked {
  method: string;
  path: string;
  body?: object;
  headers: Record<string, string>;
  expected: number;
}

/** Lines that ask one question after the other until they are told to stop: `where` says for each whom, on whose agent. */
export function steadyLoad(lines: number, where: () => Target, what: (n: number) => Asked) {
  const answered: Answered = { asked: 0, failed: [] };
  let isStopped = false;
  const line = async (first: number) => {
    for (let n = first; !isStopped; n++) {
      const asked = what(n);
      const status = await ask(where(), asked).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
      answered.asked++;
      await pause(PACE_MS);
      if (status !== asked.expected) answered.failed.push(`${asked.method} ${asked.path}: ${status}`);
    }
  };
  const all = Promise.all(Array.from({ length: lines }, (_, n) => line(n)));
  const stop = async (): Promise<Answered> => {
    isStopped = true;
    await all;
    return answered;
  };
  return { answered, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

export interface Target {
  port: number;
  agent: Agent;
}

export const targetAt = (port: number): Target => ({ port, agent: new Agent({ keepAlive: true }) });

function ask({ port, agent }: Target, { method, path, headers, body }: Asked): Promise<number> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const json = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers: { ...headers, ...json } }, answer => {
      answer
        .on('error', reject)
        .resume()
        .on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', reject).end(text);
  });
}
