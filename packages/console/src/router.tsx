import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  notFound,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { actIn } from './api/client.ts';
import { isNotFound, isSignedOut } from './api/query-client.ts';
import { ApiDetails } from './apis/api-details.tsx';
import { ApiEndpoints } from './apis/api-endpoints.tsx';
import { ApiPanel } from './apis/api-panel.tsx';
import { parseEventSearch } from './audit/event-search.ts';
import { meOf, whoIsHere } from './me.ts';
import { MemberDetails } from './members/member-details.tsx';
import { MemberKeys, MemberPanel } from './members/member-panel.tsx';
import { AccountsPage } from './pages/accounts.tsx';
import { AccountKeysPage, ProjectKeysPage } from './pages/api-and-keys.tsx';
import { ApisPage } from './pages/apis.tsx';
import { AuditLogPage } from './pages/audit-log.tsx';
import { FailedPage, MissingPage } from './pages/failed.tsx';
import { InApiPage, isApiPath } from './pages/in-api.tsx';
import { InvitationPage } from './pages/invitation.tsx';
import { MembersPage } from './pages/members.tsx';
import { ProfileKeys, ProfilePage } from './pages/profile.tsx';
import { ProfileOverview } from './pages/profile-overview.tsx';
import { ProfileSessions } from './pages/profile-sessions.tsx';
import { ProjectsPage } from './pages/projects.tsx';
import { ServiceAccountsPage } from './pages/service-accounts.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { SettingsAccount } from './pages/settings-account.tsx';
import { SettingsKeyPolicy } from './pages/settings-key-policy.tsx';
import { SettingsNodes } from './pages/settings-nodes.tsx';
import { SettingsVerifiers } from './pages/settings-verifiers.tsx';
import { SetupPage } from './pages/setup.tsx';
import { Shell } from './pages/shell.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { rememberProject } from './projects/last-project.ts';
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
  beforeLoad: () => actIn(undefined),
  component: SignInPage,
});

/** What stands in the address of every page: the key whose panel is open, and the account in which the person acts. */
interface AppSearch {
  key?: string;
  account?: string;
}

function parseAppSearch({ key, account }: Record<string, unknown>): AppSearch {
  return { ...(typeof key === 'string' && { key }), ...(typeof account === 'string' && { account }) };
}

/** All pages of a signed-in person. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  validateSearch: parseAppSearch,
  search: { middlewares: [retainSearchParams(['account'])] },
  beforeLoad: async ({ context, search, location }) => {
    actIn(search.account);
    const who = await context.queries.ensureQueryData(whoIsHere).catch(error => {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { returnTo: location.href } });
      if (isNotFound(error)) throw notFound({ data: error.message });
      throw error;
    });
    return { me: meOf(who) };
  },
  component: Shell,
});

const start = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: context.me.isMember ? '/profile/access-keys' : '/api-and-keys' });
  },
});

const accountKeys = createRoute({
  getParentRoute: () => app,
  path: '/api-and-keys',
  beforeLoad: () => rememberProject(undefined),
  component: AccountKeysPage,
});
const projectKeys = createRoute({
  getParentRoute: () => app,
  path: '/api-and-keys/$project',
  beforeLoad: ({ params }) => rememberProject(params.project),
  component: ProjectKeysPage,
});
/** Where the list of all keys was before there were projects. */
const accessKeys = createRoute({
  getParentRoute: () => app,
  path: '/access-keys',
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/api-and-keys', search, replace: true });
  },
});
const projects = createRoute({ getParentRoute: () => app, path: '/projects', component: ProjectsPage });
const accounts = createRoute({ getParentRoute: () => app, path: '/accounts', component: AccountsPage });

const profile = createRoute({
  getParentRoute: () => app,
  path: '/profile',
  beforeLoad: ({ context }) => {
    if (!context.me.isMember) throw redirect({ to: '/' });
  },
  component: ProfilePage,
});
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

const apis = createRoute({ getParentRoute: () => app, path: '/apis', component: ApisPage });
const api = createRoute({ getParentRoute: () => apis, path: '/$api', component: ApiPanel });
const apiTabs = [
  createRoute({ getParentRoute: () => api, path: '/', component: ApiDetails }),
  createRoute({ getParentRoute: () => api, path: '/endpoints', component: ApiEndpoints }),
] as const;

const auditLog = createRoute({
  getParentRoute: () => app,
  path: '/audit-log',
  validateSearch: parseEventSearch,
  component: AuditLogPage,
});

const inApi = createRoute({
  getParentRoute: () => app,
  path: '/in-api',
  validateSearch: (search): { path: string } => ({ path: text(search.path) ?? '' }),
  beforeLoad: ({ search }) => {
    if (!isApiPath(search.path)) throw notFound();
  },
  component: InApiPage,
});

const settings = createRoute({ getParentRoute: () => app, path: '/settings', component: SettingsPage });
const settingsTabs = [
  createRoute({ getParentRoute: () => settings, path: '/', component: SettingsAccount }),
  createRoute({ getParentRoute: () => settings, path: '/key-policy', component: SettingsKeyPolicy }),
  createRoute({ getParentRoute: () => settings, path: '/verifiers', component: SettingsVerifiers }),
  createRoute({ getParentRoute: () => settings, path: '/nodes', component: SettingsNodes }),
] as const;

const tree = root.addChildren([
  setup,
  invitation,
  signIn,
  app.addChildren([
    start,
    accountKeys,
    projectKeys,
    accessKeys,
    projects,
    accounts,
    profile.addChildren(profileTabs),
    members.addChildren([member.addChildren(memberTabs)]),
    serviceAccounts.addChildren([serviceAccount.addChildren(serviceAccountTabs)]),
    apis.addChildren([api.addChildren(apiTabs)]),
    auditLog,
    inApi,
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
