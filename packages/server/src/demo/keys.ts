export interface DemoKey {
  owner: string;
  name: string;
  description?: string;
  daysAgo: number;
  /** Uses on a working day; 0 for a key that nobody has used. */
  perDay: number;
  agent?: string;
  project?: string;
  permission?: 'read_write' | 'read_only' | 'restricted';
  /** What a restricted key may do in the API *Orders*. */
  orders?: 'read_only' | string[];
  lifetimeDays?: number;
  beginsInDays?: number;
  networks?: string[];
  tags?: string[];
  deactivated?: boolean;
  createdByAdmin?: boolean;
}

/** Keys in every state, used by everything that uses keys. */
export const KEYS: readonly DemoKey[] = [
  { owner: 'Ada Brandt', name: 'Laptop', daysAgo: 28, perDay: 12, agent: 'curl/8.9.1' },
  {
    owner: 'Ada Brandt',
    name: 'Reports notebook',
    daysAgo: 21,
    perDay: 4,
    agent: 'python-httpx/0.28',
    permission: 'read_only',
  },
  {
    owner: 'Tomás Rivera',
    name: 'Terraform',
    daysAgo: 27,
    perDay: 7,
    agent: 'terraform-provider-http/3.5',
    tags: ['infrastructure'],
  },
  { owner: 'Tomás Rivera', name: 'Old laptop', daysAgo: 30, perDay: 9, agent: 'curl/7.88.1', deactivated: true },
  {
    owner: 'Mei Tanaka',
    name: 'Map tiles prototype',
    daysAgo: 14,
    perDay: 160,
    agent: 'node',
    tags: ['prototype'],
    lifetimeDays: 90,
  },
  {
    owner: 'Mei Tanaka',
    name: 'Conference demo',
    description: 'For the stand in Oslo.',
    daysAgo: 25,
    perDay: 30,
    agent: 'Mozilla/5.0',
    lifetimeDays: 10,
  },
  {
    owner: 'Oluwaseun Adeyemi',
    name: 'Load test',
    daysAgo: 6,
    perDay: 900,
    agent: 'k6/1.2.0',
    networks: ['10.20.0.0/16'],
    tags: ['test'],
  },
  {
    owner: 'Oluwaseun Adeyemi',
    name: 'Season start',
    description: 'Goes live with the ski season.',
    daysAgo: 3,
    perDay: 0,
    beginsInDays: 12,
  },
  {
    owner: 'Ingrid Solberg',
    name: 'Spreadsheet',
    daysAgo: 19,
    perDay: 2,
    agent: 'Microsoft Office/16',
    permission: 'read_only',
  },
  { owner: 'Karl Novák', name: 'Mobile app debug', daysAgo: 29, perDay: 20, agent: 'okhttp/4.12.0' },
  {
    owner: 'Deploy pipeline',
    name: 'GitHub Actions',
    daysAgo: 30,
    perDay: 45,
    agent: 'actions/http-client',
    tags: ['production', 'ci'],
    createdByAdmin: true,
  },
  {
    owner: 'Nightly import',
    name: 'Station reader',
    daysAgo: 30,
    perDay: 212,
    agent: 'go-http-client/2.0',
    project: 'Station network',
    networks: ['192.0.2.0/24', '2001:db8:7::/48'],
    tags: ['production'],
    createdByAdmin: true,
  },
  {
    owner: 'Nightly import',
    name: 'Station writer',
    daysAgo: 30,
    perDay: 212,
    agent: 'go-http-client/2.0',
    project: 'Station network',
    tags: ['production'],
    createdByAdmin: true,
  },
  {
    owner: 'Status page',
    name: 'Uptime probe',
    daysAgo: 30,
    perDay: 1440,
    agent: 'uptime-kuma/2.0',
    permission: 'read_only',
    project: 'Public API',
    createdByAdmin: true,
  },
  {
    owner: 'Status page',
    name: 'Uptime probe (before the move)',
    daysAgo: 30,
    perDay: 1440,
    agent: 'uptime-kuma/1.23',
    permission: 'read_only',
    deactivated: true,
    createdByAdmin: true,
  },
  {
    owner: 'Web shop',
    name: 'Checkout',
    description: 'Places orders and shows their state.',
    daysAgo: 18,
    perDay: 310,
    agent: 'node',
    permission: 'restricted',
    orders: ['GET /v2/products', 'GET /v2/products/{}', 'POST /v2/orders', 'GET /v2/orders/{}'],
    tags: ['production'],
    createdByAdmin: true,
  },
  {
    owner: 'Ingrid Solberg',
    name: 'Order report',
    daysAgo: 11,
    perDay: 3,
    agent: 'python-httpx/0.28',
    permission: 'restricted',
    orders: 'read_only',
  },
  {
    owner: 'Oluwaseun Adeyemi',
    name: 'Reminders',
    description: 'Sends a reminder for each invoice that is late.',
    daysAgo: 8,
    perDay: 24,
    agent: 'go-http-client/2.0',
    permission: 'restricted',
    orders: ['GET /v2/invoices', 'GET /v2/invoices/{}', 'POST /v2/invoices/{}/reminders'],
  },
];

/** It came from the shop's own list of keys, with all rights. */
export const LEGACY_KEY = {
  owner: 'Web shop',
  name: 'Shop, since before the move',
  description: 'Used by the old checkout.',
  perDay: 40,
  agent: 'PHP/8.1',
};
