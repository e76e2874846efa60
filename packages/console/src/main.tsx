import './no-eval.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient, forgetReads } from './api/query-client.ts';
import { type ConsoleRouter, createConsoleRouter, isPublicPath } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

const queries = createQueryClient(() => void toSignIn(router));
const router = createConsoleRouter(queries);

/** The session has ended, maybe in another window: sign in, then come back to the same page. */
async function toSignIn({ state, navigate }: ConsoleRouter): Promise<void> {
  if (isPublicPath(state.location.pathname)) return;
  await navigate({ to: '/sign-in', search: { returnTo: state.location.href } });
  forgetReads(queries);
}

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element #root');

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notifications position="bottom-left" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
