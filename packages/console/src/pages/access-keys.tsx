import { Alert } from '@mantine/core';
import { KeyList } from '../keys/key-list.tsx';
import { seesKeysOf, useMe } from '../me.ts';
import { Page } from '../parts/page.tsx';
import { TextLink } from '../parts/text-link.tsx';

/** All access keys of the account, for those who answer for them. */
export function AccessKeysPage() {
  const me = useMe();
  return (
    <Page title="Access keys" about="Every access key of the account, whoever owns it.">
      {seesKeysOf(me, 'everybody') ? (
        <KeyList />
      ) : (
        <Alert color="blue">
          This list is for owners and administrators. Yours are in{' '}
          <TextLink to="/profile/access-keys">your profile</TextLink>.
        </Alert>
      )}
    </Page>
  );
}
