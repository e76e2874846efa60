import type { OutputOf } from '@keywright/contract';
import { Button, Divider, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { quoted } from '../parts/curl.ts';
import { download } from '../parts/download.ts';
import { CopyRow, ShownOnce } from '../parts/shown-once.tsx';
import { keyFile } from './key-file.ts';

interface NewKeyProps {
  created: OutputOf<'createAccessKey'>;
  onClose: () => void;
}

/** The one time that a secret is shown. */
export function NewKey({ created, onClose }: NewKeyProps) {
  const { key, secret, token } = created;
  const whoami = quoted(`${location.origin}/v1/whoami`);
  return (
    <ShownOnce
      title="Access key created"
      warning="The secret is shown this one time and is stored nowhere. Copy it or download the key file now; when it is lost, create another key."
      verb="I have stored the secret"
      onClose={onClose}
    >
      <CopyRow label="Access key" text={key} />
      <CopyRow label="Secret" text={secret} />
      <CopyRow label="Token" text={token} />
      <Group>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download(`keywright-${key}.csv`, 'text/csv', [keyFile(created)])}
        >
          Download key file
        </Button>
      </Group>
      <Divider />
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          Try it in a terminal: each of these lines answers with who the key is.
        </Text>
        <CopyRow label="curl with Basic" text={`curl -u ${quoted(`${key}:${secret}`)} ${whoami}`} />
        <CopyRow label="curl with Bearer" text={`curl -H ${quoted(`Authorization: Bearer ${token}`)} ${whoami}`} />
        <CopyRow label="curl with X-API-Key" text={`curl -H ${quoted(`X-API-Key: ${token}`)} ${whoami}`} />
      </Stack>
    </ShownOnce>
  );
}
