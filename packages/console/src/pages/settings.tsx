import { useLocation, useNavigate } from '@tanstack/react-router';
import { Page } from '../parts/page.tsx';
import { RouteTabs } from '../parts/route-tabs.tsx';

const TABS = [
  ['/settings', 'Account'],
  ['/settings/key-policy', 'Key policy'],
  ['/settings/verifiers', 'Verifiers'],
  ['/settings/nodes', 'Nodes'],
] as const;

export function SettingsPage() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const current = TABS.find(([path]) => path === pathname)?.[0] ?? '/settings';
  return (
    <Page title="Settings">
      <RouteTabs label="Settings" tabs={TABS} current={current} onSelect={to => void navigate({ to })} />
    </Page>
  );
}
