import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import type { App } from '../app.ts';
import type { Histogram } from './histogram.ts';
import { METRICS, type Metric } from './table.ts';

/** A metric with its values, as prom-client writes them. */
export interface Figure {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** How those of several processes become one. */
  aggregator: string;
  values: { labels: Record<string, string | number>; value: number; metricName?: string }[];
}

/** What prom-client says of the process, but for what breaks the rules for names or is of no use to anybody. */
const OF_PROCESS = new Set([
  'process_cpu_seconds_total',
  'process_start_time_seconds',
  'process_resident_memory_bytes',
  'process_open_fds',
  'process_max_fds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
  'nodejs_gc_duration_seconds',
  'nodejs_version_info',
]);

/** Loaded when somebody asks for the first time: a start does not wait for it. */
const ofProcess = new Registry();
collectDefaultMetrics({ register: ofProcess });

/** All figures of this process. */
export async function figuresOf(app: App): Promise<Figure[]> {
  const known = (await ofProcess.getMetricsAsJSON()) as unknown as Figure[]; // of which it declares less than it gives
  return [...METRICS.map(metric => read(metric, app)), ...known.filter(({ name }) => OF_PROCESS.has(name)).map(aged)];
}

/** Those of several processes as one text. */
export function textOf(all: Figure[][]): Promise<string> {
  return AggregatorRegistry.aggregate(all).metrics();
}

/** prom-client leaves out since when several processes run; we tell it of the oldest. */
function aged(figure: Figure): Figure {
  return figure.aggregator === 'omit' ? { ...figure, aggregator: 'min' } : figure;
}

function read(metric: Metric, app: App): Figure {
  const { name, help, type } = metric;
  if (metric.type === 'histogram') {
    const values = metric.read(app).flatMap(({ labels = {}, histogram }) => buckets(name, labels, histogram));
    return { name, help, type, aggregator: 'sum', values };
  }
  const aggregator = (metric.type === 'gauge' && metric.of) || 'sum';
  return {
    name,
    help,
    type,
    aggregator,
    values: metric.read(app).map(({ labels = {}, value }) => ({ labels, value })),
  };
}

/** Each bucket counts those below it, too. Source: Prometheus, exposition formats. */
function buckets(name: string, labels: Record<string, string>, { bounds, counts, sum }: Histogram): Figure['values'] {
  const metricName = `${name}_bucket`;
  let count = 0;
  const values: Figure['values'] = [];
  for (const [place, le] of [...bounds, '+Inf'].entries()) {
    count += counts[place] ?? 0;
    values.push({ metricName, labels: { le, ...labels }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels, value: sum });
  values.push({ metricName: `${name}_count`, labels, value: count });
  return values;
}
