import { parseArgs } from 'node:util';
import { reportOf, stepsReport } from './simulate/report.ts';
import { company, large, plan, planAfter, RUN, steps } from './simulate/scenarios.ts';

/**
 * `npm run bench:simulate`: how a Keywright of some size would do, counted from what was measured of a small one (simulate/measured.ts). docs/scaling.md says what that
 * assumes, and shows what this prints. `-- --requests 1000000 --seed 2` follows other requests, and more of them.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, requests: { type: 'string' } } });
const run = { requests: Number(values.requests ?? RUN.requests), seed: Number(values.seed ?? RUN.seed) };

const done = { ...planAfter(steps.length - 1), title: 'The plan after all steps' };
for (const scenario of [company, large, plan, done])
  console.log(`\n## ${scenario.title}\n\n${reportOf(scenario, run)}`);
console.log(`\n## The plan, step by step\n\n${stepsReport(run)}`);
