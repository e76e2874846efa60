import { Anchor } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { useMe } from '../me.ts';
import { Band } from '../parts/band.tsx';
import { Name } from '../parts/name.tsx';

/** On every page while one acts in a managed account: in which, from which, and the way back. */
export function ActingBand() {
  const me = useMe();
  if (me.home === null) return null;
  return (
    <Band label="Where you act" tone="notice" icon={<IconBuilding size={18} aria-hidden />}>
      You act in the account{' '}
      <b>
        <Name>{me.account.name}</Name>
      </b>{' '}
      as an administrator of <Name>{me.home.name}</Name>.{' '}
      <Anchor href="/" inherit underline="always" c="inherit" fw={600}>
        Back to {me.home.name}
      </Anchor>
    </Band>
  );
}
