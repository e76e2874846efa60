import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/read.ts';
import { Band } from '../parts/band.tsx';

/** On every page while there is no access control. */
export function OpenAccessBand() {
  const { data } = useQuery({ ...read('getSetup', {}), staleTime: Number.POSITIVE_INFINITY });
  if (!data?.openAccess) return null;
  return (
    <Band label="Open access" tone="alarm" icon={<IconAlertTriangle size={18} aria-hidden />}>
      <b>Access control is off.</b> Everybody who reaches this address may do everything here. Set up access control:
      stop Keywright, start it without <code>--open-access</code>, and open the setup link that it prints.
    </Band>
  );
}
