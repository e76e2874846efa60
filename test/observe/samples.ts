import assert from 'node:assert/strict';

export interface Served {
  name: string;
  type: string;
  help: string;
  labels: string[];
}

/** What `/metrics` says: the metrics, and each sample by its whole text, such as `keywright_cache_entries{kind="facts"}`. */
export interface Scrape {
  text: string;
  metrics: Served[];
  samples: Map<string, number>;
}

export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`, { headers });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return read(text);
}

function read(text: string): Scrape {
  const metrics = new Map<string, Served>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, what, name = '', said = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === 'HELP') metrics.set(name, { name, help: said, type: '', labels: [] });
    else if (what === 'TYPE') Object.assign(metrics.get(name) ?? assert.fail(line), { type: said });
    else if (line !== '') {
      const [, sample = '', value] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? assert.fail(line);
      samples.set(sample, Number(value));
    }
  }
  for (const sample of samples.keys()) addLabels(metrics, sample);
  return { text, metrics: [...metrics.values()], samples };
}

/** The labels of a metric are those of its samples, but for the bounds of its buckets. */
function addLabels(metrics: Map<string, Served>, sample: string): void {
  const name = sample.split('{', 1)[0] ?? '';
  const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, '')) ?? assert.fail(sample);
  const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label).filter(label => label !== 'le');
  metric.labels = [...new Set([...metric.labels, ...labels])].sort();
}
