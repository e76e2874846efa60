import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { read } from '../api/read.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Name } from '../parts/name.tsx';
import { Loading } from '../parts/paged-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { RouteTabs } from '../parts/route-tabs.tsx';
import { ApiMenu } from './api-menu.tsx';

const TABS = [
  ['/apis/$api', 'Details'],
  ['/apis/$api/endpoints', 'Endpoints'],
] as const;

/** The API whose panel is open. */
export function useApi() {
  const { api } = useParams({ from: '/app/apis/$api' });
  return useQuery(read('getApi', { api }));
}

/** One API in a panel over the list. */
export function ApiPanel() {
  const { api } = useParams({ from: '/app/apis/$api' });
  const { data, error } = useApi();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const close = () => void navigate({ to: '/apis' });
  return (
    <Panel
      title={data ? <Name>{data.name}</Name> : 'API'}
      menu={data && <ApiMenu api={data} onDeleted={close} />}
      onClose={close}
    >
      {data === undefined && (error === null ? <Loading /> : <ErrorAlert error={error} />)}
      {data && (
        <RouteTabs
          label="API"
          tabs={TABS}
          current={pathname.endsWith('/endpoints') ? TABS[1][0] : TABS[0][0]}
          onSelect={to => void navigate({ to, params: { api } })}
        />
      )}
    </Panel>
  );
}
