import { useLocation, useNavigate } from '@tanstack/react-router';
import { KeyList } from '../keys/key-list.tsx';
import { useMe } from '../me.ts';
import { Page } from '../parts/page.tsx';
import { RouteTabs } from '../parts/route-tabs.tsx';

const TABS = [
  ['/profile', 'Overview'],
  ['/profile/access-keys', 'Access keys'],
  ['/profile/sessions', 'Sessions'],
] as const;

export function ProfilePage() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const current = TABS.find(([path]) => path === pathname)?.[0] ?? '/profile';
  return (
    <Page title="Profile">
      <RouteTabs label="Profile" tabs={TABS} current={current} onSelect={to => void navigate({ to })} />
    </Page>
  );
}

export function ProfileKeys() {
  const me = useMe();
  return <KeyList owner={{ id: me.member, name: me.name }} />;
}
