import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { isSignedOut } from './api/query-client.ts';
import { read } from './api/read.ts';
import { parseEventSearch } from './audit/event-search.ts';
import { MemberDetails } from './members/member-details.tsx';
import { MemberKeys, MemberPanel } from './members/member-panel.tsx';
import { AccessKeysPage } from './pages/access-keys.tsx';
import { AuditLogPage } from './pages/audit-log.tsx';
import { FailedPage, MissingPage } from './pages/failed.tsx';
import { InvitationPage } from './pages/invitation.tsx';
import { MembersPage } from './pages/members.tsx';
import { ProfileKeys, ProfilePage } from './pages/profile.tsx';
import { ProfileOverview } from './pages/profile-overview.tsx';
import { ProfileSessions } from './pages/profile-sessions.tsx';
import { ServiceAccountsPage } from './pages/service-accounts.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { SettingsAccount } from './pages/settings-account.tsx';
import { SettingsKeyPolicy } from './pages/settings-key-policy.tsx';
import { SetupPage } from './pages/setup.tsx';
import { Shell } from './pages/shell.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import {
  ServiceAccountDetails,
  ServiceAccountKeys,
  ServiceAccountPanel,
} from './service-accounts/service-account-panel.tsx';

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet });

const setup = createRoute({ getParentRoute: () => root, path: '/setup', component: SetupPage });
const invitation = createRoute({ getParentRoute: () => root, path: '/invitation', component: InvitationPage });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { returnTo?: string | undefined } => ({ returnTo: text(search.returnTo) }),
  component: SignInPage,
});

/** All pages of a signed-in person. The key whose panel is open stands in the address of each of them. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  validateSearch: (search): { key?: string | undefined } => ({ key: text(search.key) }),
  beforeLoad: async ({ context, location }) => {
    await context.queries.ensureQueryData(read('getProfile', {})).catch(error => {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { returnTo: location.href } });
      throw error;
    });
  },
  component: Shell,
});

const start = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/profile/access-keys' });
  },
});
const accessKeys = createRoute({ getParentRoute: () => app, path: '/access-keys', component: AccessKeysPage });

const profile = createRoute({ getParentRoute: () => app, path: '/profile', component: ProfilePage });
const profileTabs = [
  createRoute({ getParentRoute: () => profile, path: '/', component: ProfileOverview }),
  createRoute({ getParentRoute: () => profile, path: '/access-keys', component: ProfileKeys }),
  createRoute({ getParentRoute: () => profile, path: '/sessions', component: ProfileSessions }),
] as const;

const members = createRoute({ getParentRoute: () => app, path: '/members', component: MembersPage });
const member = createRoute({ getParentRoute: () => members, path: '/$member', component: MemberPanel });
const memberTabs = [
  createRoute({ getParentRoute: () => member, path: '/', component: MemberDetails }),
  createRoute({ getParentRoute: () => member, path: '/access-keys', component: MemberKeys }),
] as const;

const serviceAccounts = createRoute({
  getParentRoute: () => app,
  path: '/service-accounts',
  component: ServiceAccountsPage,
});
const serviceAccount = createRoute({
  getParentRoute: () => serviceAccounts,
  path: '/$serviceAccount',
  component: ServiceAccountPanel,
});
const serviceAccountTabs = [
  createRoute({ getParentRoute: () => serviceAccount, path: '/', component: ServiceAccountDetails }),
  createRoute({ getParentRoute: () => serviceAccount, path: '/access-keys', component: ServiceAccountKeys }),
] as const;

const auditLog = createRoute({
  getParentRoute: () => app,
  path: '/audit-log',
  validateSearch: parseEventSearch,
  component: AuditLogPage,
});

const settings = createRoute({ getParentRoute: () => app, path: '/settings', component: SettingsPage });
const settingsTabs = [
  createRoute({ getParentRoute: () => settings, path: '/', component: SettingsAccount }),
  createRoute({ getParentRoute: () => settings, path: '/key-policy', component: SettingsKeyPolicy }),
] as const;

const tree = root.addChildren([
  setup,
  invitation,
  signIn,
  app.addChildren([
    start,
    accessKeys,
    profile.addChildren(profileTabs),
    members.addChildren([member.addChildren(memberTabs)]),
    serviceAccounts.addChildren([serviceAccount.addChildren(serviceAccountTabs)]),
    auditLog,
    settings.addChildren(settingsTabs),
  ]),
]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultErrorComponent: FailedPage,
    defaultNotFoundComponent: MissingPage,
    scrollRestoration: true,
  });
}

export type ConsoleRouter = ReturnType<typeof createConsoleRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: ConsoleRouter;
  }
}

/** Whether the path is one that nobody needs to be signed in for. */
export const isPublicPath = (path: string) => [setup, invitation, signIn].some(route => route.fullPath === path);
