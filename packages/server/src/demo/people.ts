import type { Role } from '@keywright/core';

/** Who is in the demo: an invented company that sells weather forecasts. */
export const PEOPLE: readonly { name: string; email: string; role: Role; state?: 'inactive' | 'invited' }[] = [
  { name: 'Ada Brandt', email: 'ada@northwind-weather.example', role: 'owner' },
  { name: 'Tomás Rivera', email: 'tomas@northwind-weather.example', role: 'admin' },
  { name: 'Mei Tanaka', email: 'mei@northwind-weather.example', role: 'member' },
  { name: 'Oluwaseun Adeyemi', email: 'seun@northwind-weather.example', role: 'member' },
  { name: 'Ingrid Solberg', email: 'ingrid@northwind-weather.example', role: 'member' },
  { name: 'Priya Raman', email: 'priya@northwind-weather.example', role: 'viewer' },
  { name: 'Karl Novák', email: 'karl@northwind-weather.example', role: 'member', state: 'inactive' },
  { name: 'Lucía Ferrer', email: 'lucia@northwind-weather.example', role: 'member', state: 'invited' },
];

export const SERVICE_ACCOUNTS = [
  { name: 'Deploy pipeline', description: 'Publishes forecasts after each merge.', role: 'member' },
  { name: 'Nightly import', description: 'Fetches station data at 02:00 UTC.', role: 'member' },
  { name: 'Status page', description: 'Asks once a minute whether the API answers.', role: 'viewer' },
] as const;

export const PROJECTS = [
  { name: 'Public API', description: 'Forecasts for customers.' },
  { name: 'Station network', description: 'Measurements from 212 stations.' },
];

/** A customer that leaves its keys to the company. */
export const CUSTOMER = {
  name: 'Fjordline Ferries',
  serviceAccounts: [
    {
      name: 'Route planner',
      description: 'Asks for wind and waves along each route.',
      keys: [
        { name: 'Planner', tags: ['production'] },
        { name: 'Planner, test', permission: 'read_only' },
      ],
    },
    { name: 'Deck display', description: 'Shows the forecast on board.', keys: [{ name: 'MS Bergen' }] },
  ],
} as const;

export interface DemoKey {
  owner: string;
  name: string;
  description?: string;
  daysAgo: number;
  /** Uses on a working day; 0 for a key that nobody has used. */
  perDay: number;
  agent?: string;
  project?: string;
  permission?: 'read_write' | 'read_only';
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
];
