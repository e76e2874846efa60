import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { read } from '../api/read.ts';
import { KeyList } from '../keys/key-list.tsx';
import { seesKeysOf, useMe } from '../me.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { RouteTabs } from '../parts/route-tabs.tsx';
import { MemberMenu } from './member-menu.tsx';

const TABS = [
  ['/members/$member', 'Details'],
  ['/members/$member/access-keys', 'Access keys'],
] as const;

const useMember = () => useParams({ from: '/app/members/$member' }).member;

/** One member in a panel over the list. */
export function MemberPanel() {
  const member = useMember();
  const { data, error } = useQuery(read('getMember', { member }));
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const close = () => void navigate({ to: '/members' });
  return (
    <Panel
      title={data ? <Name>{data.name}</Name> : 'Member'}
      menu={data && <MemberMenu member={data} onRemoved={close} />}
      onClose={close}
    >
      {data === undefined && (error === null ? <Loading /> : <ErrorAlert error={error} />)}
      {data && (
        <RouteTabs
          label="Member"
          tabs={TABS}
          current={pathname.endsWith('/access-keys') ? TABS[1][0] : TABS[0][0]}
          onSelect={to => void navigate({ to, params: { member } })}
        />
      )}
    </Panel>
  );
}

export function MemberKeys() {
  const me = useMe();
  const member = useMember();
  const { data } = useQuery(read('getMember', { member }));
  if (!seesKeysOf(me, member)) {
    return <Alert color="blue">Only owners and administrators see the access keys of others.</Alert>;
  }
  return data && <KeyList key={data.id} owner={data} />;
}
