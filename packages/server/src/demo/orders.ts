import type { App } from '../app.ts';
import type { Caller } from '../callers/caller.ts';
import { as } from './act.ts';

const operation = (tag: string, summary: string) => ({
  tags: [tag],
  summary,
  responses: { 200: { description: 'Done' } },
});

/** The API that the company's customers order from, as its developers describe it. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '2.3.0' },
  servers: [{ url: 'https://orders.northwind-weather.example/v2' }],
  paths: {
    '/orders': {
      get: operation('Orders', 'List orders'),
      post: operation('Orders', 'Place an order'),
    },
    '/orders/search': { post: { ...operation('Orders', 'Search orders'), operationId: 'searchOrders' } },
    '/orders/{order}': {
      get: operation('Orders', 'Get an order'),
      patch: operation('Orders', 'Change an order'),
      delete: operation('Orders', 'Cancel an order'),
    },
    '/products': { get: operation('Products', 'List forecasts and station data for sale') },
    '/products/{product}': {
      get: operation('Products', 'Get a product'),
      put: operation('Products', 'Change the price of a product'),
    },
    '/invoices': { get: operation('Invoices', 'List invoices') },
    '/invoices/{invoice}': { get: operation('Invoices', 'Get an invoice') },
    '/invoices/{invoice}/reminders': { post: operation('Invoices', 'Send a reminder') },
  },
};

/** A search, of which the document can not say that it only reads: somebody has marked it. */
const SEARCH = 'POST /v2/orders/search';

/** Enters the API and imports its document; answers its id. */
export async function makeOrders(app: App, owner: Caller): Promise<string> {
  const { id } = await as(app, owner, 'createApi', { name: 'Orders', description: 'What customers order and pay.' });
  await as(app, owner, 'importApi', { api: id, document: JSON.stringify(DOCUMENT), apply: true });
  await as(app, owner, 'updateEndpoint', { api: id, endpoint: SEARCH, reads: true });
  return id;
}
