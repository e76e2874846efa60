import type { App } from '../app.ts';
import type { Answer } from '../edges/answer.ts';
import { traceParentIn } from './trace-parent.ts';
import type { Question } from './traces.ts';

interface Asking {
  readonly rawHeaders: readonly string[];
}

/** A door that never throws or rejects, with a span for each question that is part of a trace which is kept; the very same door where there are no traces. */
export function tracedDoor<Given extends Asking, Rest extends unknown[]>(
  { traces }: App,
  name: string,
  door: (asking: Given, ...rest: Rest) => Answer | Promise<Answer>,
): typeof door {
  if (traces === undefined) return door;
  return (asking, ...rest) => {
    const question = traces.question(name, traceParentIn(asking.rawHeaders));
    const answer = door(asking, ...rest);
    if (question === undefined) return answer;
    return answer instanceof Promise ? answer.then(later => end(question, later)) : end(question, answer);
  };
}

function end(question: Question, answer: Answer): Answer {
  question.answered(answer.status, resultOf(answer));
  return answer;
}

/** `allowed` or the reason, as the answer says it; undefined where there are several. */
function resultOf({ status, headers, body }: Answer): string | undefined {
  const at = headers.indexOf('X-Key-Reason');
  if (at >= 0) return headers[at + 1];
  if (status >= 300) return undefined;
  const { allowed, reason }: { allowed?: boolean; reason?: string } =
    body === '' ? { allowed: true } : JSON.parse(body);
  return allowed ? 'allowed' : reason;
}
