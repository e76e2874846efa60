import type { ServiceAccount } from '@keywright/contract';
import { Alert, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { useOperationForm } from '../api/change.ts';
import { read } from '../api/read.ts';
import { exactTime } from '../format.ts';
import { KeyList } from '../keys/key-list.tsx';
import { ServiceAccountLimits } from '../limits/service-account-limits.tsx';
import { seesKeysOf, useMe, whyNotAdministrate } from '../me.ts';
import { Mark } from '../parts/badges.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Facts } from '../parts/facts.tsx';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { RouteTabs } from '../parts/route-tabs.tsx';
import { SaveForm } from '../parts/save-form.tsx';
import { receiptOf, useTelling } from '../receipts/receipts.tsx';
import { useIsLate, Waiting } from '../receipts/waiting.tsx';
import { ServiceAccountFields, type ServiceAccountValues } from './service-account-fields.tsx';
import { ServiceAccountMenu } from './service-account-menu.tsx';

const TABS = [
  ['/service-accounts/$serviceAccount', 'Details'],
  ['/service-accounts/$serviceAccount/access-keys', 'Access keys'],
] as const;

function useServiceAccount() {
  const { serviceAccount } = useParams({ from: '/app/service-accounts/$serviceAccount' });
  return useQuery(read('getServiceAccount', { serviceAccount }));
}

/** One service account in a panel over the list. */
export function ServiceAccountPanel() {
  const { serviceAccount } = useParams({ from: '/app/service-accounts/$serviceAccount' });
  const { data, error } = useServiceAccount();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const close = () => void navigate({ to: '/service-accounts' });
  return (
    <Panel
      title={data ? <Name>{data.name}</Name> : 'Service account'}
      menu={data && <ServiceAccountMenu account={data} onDeleted={close} />}
      onClose={close}
    >
      {data === undefined && (error === null ? <Loading /> : <ErrorAlert error={error} />)}
      {data && (
        <RouteTabs
          label="Service account"
          tabs={TABS}
          current={pathname.endsWith('/access-keys') ? TABS[1][0] : TABS[0][0]}
          onSelect={to => void navigate({ to, params: { serviceAccount } })}
        />
      )}
    </Panel>
  );
}

export function ServiceAccountKeys() {
  const me = useMe();
  const { data } = useServiceAccount();
  if (data === undefined) return null;
  if (!seesKeysOf(me, data.id)) {
    return <Alert color="blue">Only owners and administrators see the access keys of service accounts.</Alert>;
  }
  return <KeyList key={data.id} owner={data} />;
}

export function ServiceAccountDetails() {
  const { data } = useServiceAccount();
  if (data === undefined) return null;
  return (
    <Stack gap="lg">
      <Facts
        rows={[
          [
            'Id',
            <span key="id" className="kw-key">
              {data.id}
            </span>,
          ],
          ['State', <Mark key="state" value={data.state} />],
          ['Access keys', data.keys],
          ['Created', exactTime(data.createdAt)],
        ]}
      />
      <EditForm account={data} />
      <ServiceAccountLimits account={data} />
    </Stack>
  );
}

const CHANGED = { title: 'Service account', done: 'The service account was changed.', effect: 'In force' } as const;

function EditForm({ account }: { account: ServiceAccount }) {
  const reason = whyNotAdministrate(useMe());
  const initialValues: ServiceAccountValues = {
    name: account.name,
    description: account.description ?? '',
    role: account.role,
  };
  const { tellDone, tellError } = useTelling(CHANGED);
  const { form, busy, error, submit } = useOperationForm({
    operation: 'updateServiceAccount',
    initialValues,
    toInput: values => ({
      ...values,
      serviceAccount: account.id,
      // Of other fields nobody needs to hear.
      ...(values.role !== initialValues.role && { wait: 'all' }),
    }),
    onAnswer: output => tellDone(receiptOf(output)),
    onFailure: tellError,
  });
  const isLate = useIsLate(busy);
  return (
    <SaveForm reason={reason} busy={busy} error={error} submit={submit}>
      <ServiceAccountFields form={form} disabled={reason !== undefined} />
      <Waiting isLate={isLate} stays />
    </SaveForm>
  );
}
