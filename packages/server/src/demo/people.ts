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
  { name: 'Web shop', description: 'Takes orders from customers.', role: 'member' },
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
